import type { EntityKind, WireKind } from '../../../domain/entities.ts';
import type { Reading } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import type { Portion } from './apply-range.ts';

export interface Item {
  readonly number: number;
  readonly entity: EntityKind;
  readonly kind: WireKind;
  readonly sourcedId: string;
  readonly command: Readonly<Record<string, unknown>>;
  /** Somebody else has declared its row since it was compared. */
  readonly overtaken: boolean;
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
    text: itemsSql(hold === null ? 'hold is null and $6::integer is null' : 'hold = $6'),
    values: [organizationId, run.sourceSystemId, run.id, after, most, hold],
  });
  return rows.map((row) => ({ ...row, number: Number(row.number) }));
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

/** A delete by pair is about rows of any key. */
function itemsSql(which: string): string {
  return `
    select i.number, i.entity, i.kind, i.sourced_id as "sourcedId", i.command,
           ${overtakenSql('now.message_id', 'i.before_id')} and not i.command ? 'pair' as overtaken
      from (select number, entity, kind, sourced_id, command, (before->>'messageId')::uuid as before_id
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
     order by i.number`;
}
