import { isTakenBack } from './guard/taken-back.ts';

/*
 * Who is newer: a file is as new as when it was made, what was held of messages as when they came. Who takes a run back says nothing new:
 * what is there by that is as new as what was taken back. $1 is the organization.
 */

/** When a message came, or a file was made, for comparing. */
const cameSql = (message: string): string => `left(replace(${message}::text, '-', ''), 12)`;
const madeSql = (run: string): string =>
  `lpad(to_hex(floor(extract(epoch from ${run}.as_of) * 1000)::bigint), 12, '0')`;

/** Something that is said of a record, as expressions of SQL. */
export interface KeySql {
  readonly kind: string;
  readonly sourcedId: string;
}

/** The run that has declared a row, by the row's message; where that takes another one back, the one that is taken back in the end. */
export const meantSql = (message: string): string => `
  (select case when said.takes_back is null then said.id
               else (with recursive meant as (
                       select said.takes_back as id
                       union all
                       select back.takes_back from meant m join run back on back.organization_id = $1 and back.id = m.id where back.takes_back is not null)
                     select r.id from meant m join run r on r.organization_id = $1 and r.id = m.id and r.takes_back is null) end
     from run said where said.organization_id = $1 and said.id = ${message})`;

/** The last message of which something was held of a key and approved, of a run `other`. */
export const lastApprovedSql = ({ kind, sourcedId }: KeySql): string => `
  (select max(held.message_id::text)::uuid
     from run_item held join run_hold h on h.organization_id = $1 and h.run_id = other.id and h.number = held.hold and h.state = 'approved'
    where held.sourced_id = ${sourcedId} and held.run_id = other.id and held.organization_id = $1 and held.kind = ${kind})`;

/** An item as far as it matters what it gives way to, as expressions of SQL. */
export interface ItemSql extends KeySql {
  /** The message that it was held of. */
  readonly message: string;
  /** By which message the declared row is, */
  readonly now: string;
  /** and by which it was when the item was compared. */
  readonly compared: string;
}

/** The declared row is another's than when the item was compared, and not this run's own ($3). */
export const isOutdatedSql = ({ now, compared }: Pick<ItemSql, 'now' | 'compared'>): string =>
  `${now} is distinct from ${compared} and ${now} is distinct from $3::uuid`;

/**
 * Of a file: what is there was said before the file was made, whoever decided on that last. What was held of messages, and what takes a run back,
 * give way to all that is there.
 */
export const isOverOlderSql = ({ now, ...key }: Omit<ItemSql, 'message'>): string => `
  exists (select from run other join run own on own.organization_id = $1 and own.id = $3::uuid and own.upload_id is not null
           where other.organization_id = $1 and other.id = ${meantSql(now)}
             and case when other.dialect = 'messages' then ${cameSql(lastApprovedSql(key))} <= ${madeSql('own')}
                      else other.as_of < own.as_of end)`;

/** An item gives way to what was declared since it was compared; but not to what is older. */
export const overtakenSql = (item: Omit<ItemSql, 'message'>): string =>
  `${isOutdatedSql(item)} and not ${isOverOlderSql(item)}`;

/** A run `run` has come to its item, */
export const isReachedSql = (item: string, run: string): string => `
  case when ${item}.hold is null then ${item}.number <= ${run}.applied_to
       else ${item}.number <= (select h.applied_to from run_hold h where h.organization_id = $1 and h.run_id = ${run}.id and h.number = ${item}.hold) end`;

/** A row of a record, or of any where none is named, bears the id of a run: what helpers of it have committed may be more than the run knows of. */
export const isDeclaredBySql = (
  table: 'declared_user' | 'declared_enrollment',
  run: string,
  sourcedId?: string,
  id = '$2',
): string => `
  exists (select from ${table} d
           where d.organization_id = $1 and d.source_system_id = ${run}.source_system_id and d.message_id = ${id}${sourcedId === undefined ? '' : ` and d.sourced_id = ${sourcedId}`})`;

/** and nothing became of it. */
export const isLeftOutSql = (item: string): string => `
  exists (select from run_outcome o
           where o.organization_id = $1 and o.run_id = ${item}.run_id and o.number = ${item}.number and o.status in ('rejected', 'failed', 'overtaken'))`;

/** What an item of a run has declared was taken back: not where somebody else had declared something since. */
const isUndoneSql = (item: string, run: string): string => `
  exists (select from (select b.* from run_item b
                        where b.sourced_id = ${item}.sourced_id and b.run_id > ${run}.id and b.organization_id = $1 and b.kind = ${item}.kind offset 0) b
            join run back on back.organization_id = $1 and back.id = b.run_id and back.takes_back = ${run}.id
           where ${isReachedSql('b', 'back')} and not ${isLeftOutSql('b')} and not ${isTakenBack('back')})`;

/**
 * Where an item is outdated: what files said of its key that were made later, and have applied, as `said`; whatever takes its place has superseded
 * it. Of two that state different fields none is lost, in whichever order they are decided on. What was taken back is not said again.
 * `are_there`: what is there is theirs. $2 source system, $3 the run of the item.
 */
export const laterSql = (item: ItemSql): string => `
  select jsonb_agg(u.command order by r.as_of, r.id, u.number) filter (where not ${isUndoneSql('u', 'r')}) as said,
         coalesce(bool_or(r.id = ${meantSql(item.now)}), false) as are_there
    from run own, run_item u
    join run r on r.organization_id = $1 and r.id = u.run_id and r.source_system_id = $2 and r.upload_id is not null
   where ${isOutdatedSql(item)} and own.organization_id = $1 and own.id = $3
     and u.sourced_id = ${item.sourcedId} and u.run_id > $3 and u.organization_id = $1 and u.kind = ${item.kind}
     and ${madeSql('r')} >= coalesce(${cameSql(item.message)}, ${madeSql('own')})
     and ${isReachedSql('u', 'r')} and not ${isLeftOutSql('u')}`;

/** A run `run`, of that id, has applied an item. */
export const isAppliedSql = (item: string, run: string, id = '$2'): string => `
  ((${isReachedSql(item, run)}
    -- A worker that was killed may have committed some of a range and not how far it was (docs/adr/0063).
    or (${item}.kind = 'membership' and ${isDeclaredBySql('declared_enrollment', run, `${item}.sourced_id`, id)})
    or (${item}.kind = 'person' and ${isDeclaredBySql('declared_user', run, `${item}.sourced_id`, id)}))
   and not ${isLeftOutSql(item)})`;

/**
 * Of a membership that is deleted already: the run itself ($3) has done so by the item of this number, and a worker was killed then (docs/adr/0063).
 * What it said of it last, further above, is no delete.
 *
 * @param now the message by which its row is
 */
export const isDeletedByItselfSql = (sourcedId: string, number: string, now: string): string => `
  (${now} = $3::uuid and 'delete' is distinct from (
    select (array_agg(above.command->>'verb' order by above.number desc))[1] from run_item above
     where above.sourced_id = ${sourcedId} and above.run_id = $3 and above.organization_id = $1 and above.kind = 'membership' and above.number < ${number}))`;
