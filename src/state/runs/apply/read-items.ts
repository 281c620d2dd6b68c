import type { EntityKind, WireKind } from '../../../domain/entities.ts';
import type { Reading } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import { declaredImageSql } from '../plan/declared-image.ts';
import type { Portion } from './apply-range.ts';

export interface Item {
  readonly number: number;
  readonly entity: EntityKind;
  readonly kind: WireKind;
  readonly sourcedId: string;
  readonly command: Readonly<Record<string, unknown>>;
  /** Somebody else has declared its row since it was compared. */
  readonly overtaken: boolean;
  /** What it was compared with is not what is there now. */
  readonly isOutdated: boolean;
  /** What later files said of it, and did not take its place with: it comes before that. */
  readonly later: readonly Item['command'][] | null;
}

/** The next items of a portion, in their order. */
export async function readItems(
  { client, organizationId }: Reading,
  run: LeasedRun,
  { hold, after }: Portion,
  most: number,
): Promise<Item[]> {
  const { rows } = await client.query<Omit<Item, 'number'> & { number: string }>({
    name: hold === null ? 'run_items_next' : 'run_items_of_hold',
    text:
      hold === null
        ? itemsSql('hold is null and $6::integer is null', 'null::jsonb', 'false')
        : itemsSql('hold = $6', laterSql, isOfEarlierMessagesSql),
    values: [organizationId, run.sourceSystemId, run.id, after, most, hold],
  });
  return rows.map((row) => ({ ...row, number: Number(row.number) }));
}

/** Items are compared with the declared rows as they are now: what takes them back leaves what else was said meanwhile. */
export async function compareAnew(
  { client, organizationId }: Reading,
  { id, sourceSystemId }: LeasedRun,
  items: readonly Item[],
): Promise<void> {
  if (items.length === 0) return;
  await client.query({
    name: 'run_items_compare_anew',
    text: `update run_item i set before = now.before
             from (select k.number, d.before || jsonb_build_object('messageId', d.message_id) as before
                     from unnest($4::bigint[], $5::text[], $6::text[]) as k(number, kind, sourced_id)
                    cross join lateral (${declaredImageSql}) d) now
            where i.organization_id = $1 and i.run_id = $3 and i.number = now.number`,
    values: [
      organizationId,
      sourceSystemId,
      id,
      items.map(({ number }) => number),
      items.map(({ kind }) => kind),
      items.map(({ sourcedId }) => sourcedId),
    ],
  });
}

/**
 * Where the declared row is another's than when it was compared, and not this run's own, it was overtaken; but of two files the one counts
 * that was made later, whoever decided on the other one last; and who took the earlier one back said nothing of the later. $1 organization, $3 run.
 */
export function overtakenSql(now: string, compared: string): string {
  return `${now} is distinct from ${compared} and ${now} is distinct from $3::uuid
          and not exists (select from run last
                            join run other on other.organization_id = $1 and other.id = coalesce(last.takes_back, last.id)
                            join run own on own.organization_id = $1 and own.id = $3::uuid
                           where last.organization_id = $1 and last.id = ${now} and other.as_of < own.as_of
                             and other.upload_id is not null and own.upload_id is not null)`;
}

/** When a message came, or a file was made, for comparing. */
const cameSql = (message: string): string => `left(replace(${message}::text, '-', ''), 12)`;
const madeSql = (run: string): string =>
  `lpad(to_hex(floor(extract(epoch from ${run}.as_of) * 1000)::bigint), 12, '0')`;

/**
 * What files said of the key of an item `i` that were made later, and have applied: whatever takes its place has superseded it. Of two that
 * state different fields none is lost, in whichever order they are decided on. Null where its row is somebody else's.
 */
const laterSql = `
  (select case when bool_or(r.id = i.now_id) then jsonb_agg(u.command order by r.as_of, r.id, u.number) end
     from run own, run_item u
     join run r on r.organization_id = $1 and r.id = u.run_id and r.source_system_id = $2 and r.upload_id is not null
    where own.organization_id = $1 and own.id = $3
      and u.sourced_id = i.sourced_id and u.run_id > $3 and u.organization_id = $1 and u.kind = i.kind
      and ${madeSql('r')} >= coalesce(${cameSql('i.message_id')}, ${madeSql('own')})
      and case when u.hold is null then u.number <= r.applied_to
               else exists (select from run_hold h where h.organization_id = $1 and h.run_id = r.id and h.number = u.hold
                               and h.state = 'approved' and h.applied_to >= u.number) end)`;

/** The row is what was held of messages that came before the file of the item was made. */
const isOfEarlierMessagesSql = `
  exists (select from run own, run other
           where own.organization_id = $1 and own.id = $3 and own.upload_id is not null
             and other.organization_id = $1 and other.id = i.now_id and other.dialect = 'messages'
             and (select ${cameSql('max(m.message_id::text)')} from run_item m join run_hold h on h.organization_id = $1 and h.run_id = other.id and h.number = m.hold
                   where m.sourced_id = i.sourced_id and m.run_id = other.id and m.organization_id = $1 and m.kind = i.kind and h.state = 'approved')
                 <= ${madeSql('own')})`;

/** A delete by pair is about rows of any key. */
function itemsSql(which: string, later: string, isEarlier: string): string {
  return `
    select i.number, i.entity, i.kind, i.sourced_id as "sourcedId", i.command, i.later,
           i.now_id is distinct from i.before_id and i.now_id is distinct from $3::uuid as "isOutdated",
           i.is_other and i.later is null and not case when i.is_other then ${isEarlier} else false end as overtaken
      from (select i.*, case when i.is_other then ${later} end as later from (${comparedSql(which)}) i) i
     order by i.number`;
}

function comparedSql(which: string): string {
  return `
    select i.*, now.message_id as now_id, ${overtakenSql('now.message_id', 'i.before_id')} and not i.command ? 'pair' as is_other
      from (select number, entity, kind, sourced_id, command, message_id, (before->>'messageId')::uuid as before_id
              from run_item
             where organization_id = $1 and run_id = $3 and number > $4 and ${which}
             order by number limit $5) i
      left join lateral (
        select d.message_id from declared_user d
         where i.kind = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = i.sourced_id
        union all
        select d.message_id from declared_org_unit d
         where i.kind not in ('person', 'membership') and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = i.sourced_id
           and d.kind = i.kind and not d.implied
        union all
        select d.message_id from declared_enrollment d
         where i.kind = 'membership' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = i.sourced_id) now on true
    offset 0`;
}
