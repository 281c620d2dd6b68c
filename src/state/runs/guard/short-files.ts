import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { LeasedRun } from '../lease.ts';
import { isBelieved, isTakenBack } from './taken-back.ts';

export interface ShortKind {
  readonly kind: WireKind;
  readonly records: number;
  readonly before: number;
}

/**
 * The kinds of which the last snapshot of that kind and the same scope that was believed named far more: the extract may have been
 * cut off. Snapshots of other kinds in between say nothing of it, and one whose own removals were held and never approved, or that was
 * taken back, is no measure: a second file that is cut off is as wrong as the first.
 */
export async function readShortKinds(
  client: pg.ClientBase,
  { organizationId, id, sourceSystemId, options }: LeasedRun,
  percent: number,
): Promise<readonly ShortKind[]> {
  const { rows } = await client.query<ShortKind>(
    `select k.kind, ${namedOf('now')}::integer as records, ${namedOf('last')}::integer as before
       from run now
       cross join unnest($4::text[]) as k(kind)
       cross join lateral (
         -- A source system that is in \`validate\` ends its runs before they are applied, whatever was asked for.
         select r.counters from run r
          where r.organization_id = $1 and r.source_system_id = $3 and r.id < $2 and r.state = 'finished' and r.applying_at is not null
            and (r.options->'snapshot' = 'true' or r.options->'snapshot'->'kinds' ? k.kind) and r.options->'snapshot'->>'under' is not distinct from $5::text
            and not ${isTakenBack('r')}
            and ${isBelieved('r', 'h.kind = k.kind and h.guard = any($7::text[])')}
          order by r.id desc limit 1) last
      where now.organization_id = $1 and now.id = $2
        and ${namedOf('now')} * 100 < ${namedOf('last')} * $6`,
    [
      organizationId,
      id,
      sourceSystemId,
      options.snapshot?.kinds ?? [],
      options.snapshot?.under ?? null,
      percent,
      disbelieving,
    ],
  );
  return rows;
}

/** Records that only say more of what is stated elsewhere name nothing, be they refused: a file of attributes does not make up for one of users that was cut off. */
function namedOf(run: 'now' | 'last'): string {
  const of = (what: string): string => `coalesce((${run}.counters->k.kind->>'${what}')::bigint, 0)`;
  return `((${run}.counters->k.kind->>'records')::bigint - ${of('asides')} - ${of('refusedAsides')})`;
}

/** Guards that hold removals as the file may be wrong; not as the time is. */
const disbelieving = ['removals', 'removalsInScope', 'effects', 'lost_records', 'short_file', 'taken_back'];
