import type { EntityKind, WireKind } from '../../../domain/entities.ts';
import type { Reading } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import { isDeletedByItselfSql, isOutdatedSql, isOverOlderSql, type ItemSql, laterSql } from '../newer-sql.ts';
import { declaredImageSql } from '../plan/declared-image.ts';
import type { Portion } from './apply-range.ts';
import { ofApprovedSql } from './approved-holds.ts';
import { isPlainSql } from './memberships.ts';

export interface Item {
  readonly number: number;
  readonly entity: EntityKind;
  readonly kind: WireKind;
  readonly sourcedId: string;
  readonly operation: 'add' | 'change' | 'remove';
  readonly command: Readonly<Record<string, unknown>>;
  /** Somebody else has declared its row since it was compared. */
  readonly overtaken: boolean;
  /** What it was compared with is not what is there now. */
  readonly isOutdated: boolean;
  /** A membership that is to be deleted, and was by this item, before a worker was killed: there is nothing to tell of that. */
  readonly isDeleted: boolean;
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
    text: hold === null ? ofRunSql : ofHoldSql,
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

const item: ItemSql = {
  kind: 'i.kind',
  sourcedId: 'i.sourced_id',
  message: 'i.message_id',
  now: 'i.now_id',
  compared: 'i.before_id',
};

/** Of a hold: somebody may have decided on later files before. */
const ofHoldSql = itemsSql(ofApprovedSql, `lateral (${laterSql(item)})`);
const ofRunSql = itemsSql('hold is null and $6::integer is null', '(select null::jsonb as said, false as are_there)');

/** A delete by pair is about rows of any key. */
function itemsSql(which: string, later: string): string {
  return `
    select i.number, i.entity, i.kind, i.sourced_id as "sourcedId", i.operation, i.command, later.said as later, i.is_outdated as "isOutdated",
           i.is_outdated and not i.command ? 'pair' and not later.are_there and not ${isOverOlderSql(item)} as overtaken,
           coalesce(i.kind = 'membership' and i.command->>'verb' = 'delete' and ${isPlainSql('i.command')}
                    and ${isDeletedByItselfSql('i.sourced_id', 'i.number', 'i.now_id')}, false) as "isDeleted"
      from (select i.*, ${isOutdatedSql(item)} as is_outdated from (${comparedSql(which)}) i offset 0) i
      cross join ${later} later
     order by i.number`;
}

function comparedSql(which: string): string {
  return `
    select i.*, now.message_id as now_id
      from (select number, entity, kind, sourced_id, operation, command, message_id, (before->>'messageId')::uuid as before_id
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
