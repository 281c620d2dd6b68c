import type { EntityKind } from '../../domain/entities.ts';

/** The rows that a filter finds, as the parts of a statement; `d` is the row. */
export interface Rows {
  readonly entity: EntityKind;
  readonly table: string;
  readonly where: string;
  /** Is it deleted, for its source system? */
  readonly gone: string;
}

/** The parameters of a save point: its time, the number of the first change since, and the smallest id of such. */
export interface Bounds {
  readonly at: string;
  readonly firstSeq: string;
  readonly firstId: string;
}

/**
 * Of the rows that a filter finds, those that were declared or deleted since a save point, and those that are there and
 * whose LMS object has a Change since. Sought from the changes: each has few rows, and there is one way to them, whatever
 * the planner knows.
 */
export function changedSql({ entity, table, where, gone }: Rows, bounds: Bounds): string {
  const key = `d.organization_id = $1 and d.source_system_id = $2`;
  const declared = `select d.sourced_id, ${gone} as deleted from ${table} d where ${where} and d.declared_at >= ${bounds.at}`;
  const changed = `
    select distinct c.lms_id from change c
     where c.organization_id = $1 and c.seq >= ${bounds.firstSeq} and c.id >= ${bounds.firstId}
       and c.entity = '${entity === 'association' ? 'org_unit' : entity}'`;
  const linked = (lmsId: string, alias: string): string => `
    cross join lateral (
      select l.sourced_id, l.kind from link l
       where l.organization_id = $1 and l.lms_id = ${lmsId} and l.source_system_id = $2 offset 0) ${alias}`;
  const found = `${declared} union select d.sourced_id, false from (${changed}) changed`;
  if (entity !== 'enrollment') {
    return `${found} ${linked('changed.lms_id', 'l')}
      cross join lateral (select d.* from ${table} d where ${key} and d.sourced_id = l.sourced_id offset 0) d
      where ${where} and not ${gone} and l.kind = $3`;
  }
  return `${found}
    cross join lateral (
      select e.user_id, e.org_unit_id from lms_enrollment e where e.organization_id = $1 and e.id = changed.lms_id limit 1) e
    ${linked('e.user_id', 'person')}
    cross join lateral (
      select d.* from ${table} d where ${key} and d.user_sourced_id = person.sourced_id offset 0) d
    where ${where} and not ${gone} and person.kind = 'person' and ${isLinked('d.org_unit_sourced_id', 'e.org_unit_id')}`;
}

/** The same, asked of each row: the end of a statement that goes through them in the order of their keys. */
export function changedByKeySql({ entity, table, where, gone }: Rows, { at, firstSeq, firstId }: Bounds): string {
  const hasChange = (lmsId: string): string => `exists (
    select from change c where c.organization_id = $1 and c.lms_id = ${lmsId} and c.seq >= ${firstSeq} and c.id >= ${firstId})`;
  const linked = `from link l where l.organization_id = $1 and l.source_system_id = $2`;
  const changed =
    entity === 'enrollment'
      ? `select ${linked} and l.sourced_id = d.user_sourced_id and l.kind = 'person' and exists (
           select from lms_enrollment e where e.organization_id = $1 and e.user_id = l.lms_id
              and ${isLinked('d.org_unit_sourced_id', 'e.org_unit_id')} and ${hasChange('e.id')})`
      : `select ${linked} and l.sourced_id = d.sourced_id and l.kind = $3 and ${hasChange('l.lms_id')}`;
  return `select d.sourced_id, ${gone} as deleted from ${table} d
    where ${where} and (d.declared_at >= ${at} or (not ${gone} and exists (${changed})))`;
}

/** A membership is found through the links of its person and its collection, which stay when it does not reach them any longer. */
function isLinked(sourcedId: string, lmsId: string): string {
  return `exists (
    select from link unit where unit.organization_id = $1 and unit.source_system_id = $2 and unit.sourced_id = ${sourcedId}
       and unit.kind <> 'person' and unit.lms_id = ${lmsId})`;
}
