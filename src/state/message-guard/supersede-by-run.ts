import { uuidv7Floor } from '../../domain/ids.ts';
import type { Lane } from '../lane.ts';
import type { LeasedRun } from '../runs/lease.ts';
import { type HeldSaying, heldSayingSql, type TakesPlaces } from '../runs/plan/said.ts';
import type { HeldItem } from './held-items.ts';
import { supersede } from './supersede.ts';

/**
 * What a file says that was made after a message takes the place of what is held of that, or approved and not applied yet, also where it is
 * nothing new: the plan has no item of it.
 *
 * @param said what the run says
 */
export async function supersedeByRun(lane: Lane, run: LeasedRun, said: TakesPlaces): Promise<void> {
  const source = lane.sources.get(run.sourceSystemId);
  if (source === undefined || source.holding.run === null) return;
  const items = await readHeldBefore(lane, run, source.holding.run);
  const by = `run ${run.id}`;
  const again = items.filter((item) => said.takesPlaceOf(item));
  await supersede(
    lane,
    source,
    again.map((item) => ({ item, by, isTakenAlong: false })),
  );
}

async function readHeldBefore(
  { client, organizationId }: Lane,
  { asOf }: LeasedRun,
  holding: string,
): Promise<readonly (HeldItem & HeldSaying)[]> {
  const { rows } = await client.query<HeldItem & HeldSaying>(
    `select i.number::integer, i.hold, i.entity, i.command, i.message_id as "messageId", h.state = 'approved' as "isApproved", ${heldSayingSql}
       from run_hold h
       join run_item i on i.organization_id = $1 and i.run_id = $2 and i.hold = h.number
      where h.organization_id = $1 and h.run_id = $2 and i.message_id < $3
        and (h.state = 'held' and h.expires_at > statement_timestamp() or h.state = 'approved' and not h.done and i.number > h.applied_to)`,
    [organizationId, holding, uuidv7Floor(asOf.getTime() + 1)],
  );
  return rows;
}
