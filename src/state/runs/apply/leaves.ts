import type { Leaves } from '../../../domain/grace.ts';
import type { Reading } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import type { Item } from './read-items.ts';

/** How the enrollment of an item goes; undefined = at once. */
export function leavesOf({ command }: Pick<Item, 'command'>): Leaves | undefined {
  return (command.wishes as { readonly leaves?: Leaves } | undefined)?.leaves;
}

export interface Leave {
  readonly number: number;
  readonly sourcedId: string;
  readonly leaves: Leaves;
}

const dayMs = 86_400_000;

/** Notes when enrollments end that have just begun to leave. What an earlier run had noted of them is over. */
export async function noteLeaves(
  { client, organizationId }: Reading,
  { id, sourceSystemId }: Pick<LeasedRun, 'id' | 'sourceSystemId'>,
  noted: readonly Leave[],
  now: Date,
): Promise<void> {
  if (noted.length === 0) return;
  // A file may say the same twice; the last one holds.
  const leaves = [...new Map(noted.map((leave) => [leave.sourcedId, leave])).values()];
  const sourcedIds = leaves.map(({ sourcedId }) => sourcedId);
  await client.query(
    `update run_leave set state = 'returned', decided_at = $4
      where organization_id = $1 and source_system_id = $2 and state = 'waiting' and sourced_id = any($3::text[])`,
    [organizationId, sourceSystemId, sourcedIds, now],
  );
  await client.query(
    `insert into run_leave (organization_id, run_id, number, source_system_id, sourced_id, due_at)
     select $1, $2, l.number, $3, l.sourced_id, l.due_at::timestamptz
       from unnest($4::bigint[], $5::text[], $6::text[]) as l(number, sourced_id, due_at)`,
    [
      organizationId,
      id,
      sourceSystemId,
      leaves.map(({ number }) => number),
      sourcedIds,
      leaves.map((leave) => dueAt(leave.leaves, now)),
    ],
  );
}

function dueAt(leaves: Leaves, now: Date): string {
  if ('until' in leaves) return leaves.until ?? 'infinity';
  return leaves.days === 'never' ? 'infinity' : new Date(now.getTime() + leaves.days * dayMs).toISOString();
}
