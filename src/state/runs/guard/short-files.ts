import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { LeasedRun } from '../lease.ts';

export interface ShortKind {
  readonly kind: WireKind;
  readonly records: number;
  readonly before: number;
}

/** The kinds of which the last snapshot of the same scope that was applied named far more: the extract may have been cut off. */
export async function readShortKinds(
  client: pg.ClientBase,
  { organizationId, id, sourceSystemId, options }: LeasedRun,
  percent: number,
): Promise<readonly ShortKind[]> {
  const { rows } = await client.query<ShortKind>(
    `select k.kind, (now.counters->k.kind->>'records')::integer as records, (last.counters->k.kind->>'records')::integer as before
       from run now
       cross join lateral (
         select r.counters from run r
          where r.organization_id = $1 and r.source_system_id = $3 and r.id < $2 and r.mode = 'apply' and r.state = 'finished'
            and r.options->'snapshot' is not null and r.options->'snapshot'->>'under' is not distinct from $5::text
          order by r.id desc limit 1) last
       cross join unnest($4::text[]) as k(kind)
      where now.organization_id = $1 and now.id = $2
        and (now.counters->k.kind->>'records')::bigint * 100 < (last.counters->k.kind->>'records')::bigint * $6`,
    [organizationId, id, sourceSystemId, options.snapshot?.kinds ?? [], options.snapshot?.under ?? null, percent],
  );
  return rows;
}
