import type pg from 'pg';
import { uuidv7Floor } from '../../domain/ids.ts';
import { inOrganization } from '../in-transaction.ts';
import { enterLane, type Lane, leaveLane } from '../lane.ts';
import type { LeasedRun } from '../runs/lease.ts';
import { withClient } from '../with-client.ts';
import type { HeldItem } from './held-items.ts';
import { readHoldingRun } from './note-held.ts';
import { supersede } from './supersede.ts';

/**
 * What a file says that was made after a message takes the place of what is held of that, also where it is nothing new: the plan
 * has no item of it. To be called while the run remembers what it has come across.
 */
export async function supersedeByRun(pool: pg.Pool, run: LeasedRun): Promise<void> {
  const { organizationId, id, sourceSystemId } = run;
  if (run.mode !== 'apply') return;
  const holding = await inOrganization(pool, organizationId, (client) =>
    readHoldingRun({ organizationId, client }, sourceSystemId),
  );
  if (holding === null) return;
  await withClient(pool, async (client) => {
    const lane = await enterLane(client, organizationId, { reason: 'message', messageId: id });
    const source = lane.sources.get(sourceSystemId);
    const items = await readSeenAgain(lane, run, source?.holding.run ?? null);
    const by = `run ${id}`;
    if (source !== undefined)
      await supersede(
        lane,
        source,
        items.map((item) => ({ item, by, isTakenAlong: false })),
      );
    await leaveLane(lane);
  });
}

async function readSeenAgain(
  { client, organizationId }: Lane,
  { id, asOf }: LeasedRun,
  holding: string | null,
): Promise<readonly HeldItem[]> {
  if (holding === null) return [];
  const { rows } = await client.query<HeldItem>(
    `select i.number::integer, i.hold, i.operation, i.entity, i.kind, i.sourced_id as "sourcedId", i.command, i.message_id as "messageId"
       from run_hold h
       join run_item i on i.organization_id = $1 and i.run_id = $2 and i.hold = h.number
       join run_seen s on s.organization_id = $1 and s.run_id = $3 and s.sourced_id = i.sourced_id and s.kind = i.kind
      where h.organization_id = $1 and h.run_id = $2 and h.state = 'held' and h.expires_at > statement_timestamp() and i.message_id < $4`,
    [organizationId, holding, id, uuidv7Floor(asOf.getTime() + 1)],
  );
  return rows;
}
