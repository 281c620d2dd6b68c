/*
 * What guards count of the items of a plan: fragments of SQL about an item `i`.
 */

/**
 * It ends what the LMS has: a delete, or a change of status, role or type that comes to the same. What is undone further down is judged
 * there: what is deleted and made again ends nothing.
 *
 * @param hasRepeats a key has more than one item
 */
export function removalSql(hasRepeats: boolean): string {
  if (!hasRepeats) return `i.operation = 'remove'`;
  return `i.operation = 'remove' and not exists (
    select from run_item later
     where later.organization_id = i.organization_id and later.run_id = i.run_id and later.kind = i.kind and later.sourced_id = i.sourced_id
       and later.number > i.number and ${undoes})`;
}

const undoing = (field: string): string =>
  `(later.command->'fields' ? '${field}' or (later.command->>'verb' = 'replace' and not coalesce(later.command->'wishes'->'leave' ? '${field}', false)))`;

/**
 * A `later` item of the same key undoes a removal: it makes the record anew, or says otherwise what the removal said. An update of something
 * else, as that of a file of attributes, leaves it as it is.
 */
export const undoes = `(later.operation = 'add' or (later.operation = 'change' and
    case when i.command->>'verb' = 'delete' then later.command->>'verb' = 'replace'
         else later.command->>'lists' is distinct from 'remove'
          and (i.command->'fields'->'active' is distinct from 'false' or ${undoing('active')})
          and (not coalesce(i.command->'fields' ? 'roles', false) or ${undoing('roles')})
          and (not coalesce(i.command->'fields' ? 'type', false) or ${undoing('type')}) end))`;

/**
 * What hangs on it ends with it. A person or org unit that is inactive keeps what it has, unless its role or type is not mapped either: that is
 * among the effects of changes.
 */
export const takesAlong = `i.command->'fields'->>'active' is distinct from 'false'`;

/** Somebody declared it before the run: what is said again of a record that the run itself adds changes nothing that is there. */
export const isThere = `(i.before is not null and i.before->>'deleted' is distinct from 'true' and i.before->>'released' is distinct from 'true'
  and i.before->>'implied' is distinct from 'true')`;

/** It states something else of what is there. */
export const restates = `((i.operation = 'change' or (i.operation = 'remove' and i.command->>'verb' <> 'delete')) and ${isThere})`;

/**
 * The user name, org-defined id or code of what is there becomes another one, or a membership moves to another person or org unit; what is not
 * stated by an update stays.
 */
export const changesIdentifier = `(${restates} and (${['userName', 'orgDefinedId', 'code']
  .map(
    (field) =>
      `(i.before->'fields'->>'${field}' is not null and (i.command->'fields' ? '${field}' or i.command->>'verb' = 'replace')
        and fold(i.command->'fields'->>'${field}') is distinct from fold(i.before->'fields'->>'${field}'))`,
  )
  .join(' or ')}
  or i.command->'fields'->>'userSourcedId' <> i.before->>'userSourcedId'
  or i.command->'fields'->'orgUnit'->>'sourcedId' <> i.before->'orgUnit'->>'sourcedId'))`;
