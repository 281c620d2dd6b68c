import type pg from 'pg';
import { GatewayError } from '../../../domain/problem.ts';
import { inOrganization } from '../../in-transaction.ts';
import { organizationIds } from '../../maintenance/retention.ts';
import { unknownIds } from '../unknown-ids.ts';
import { isTakenBack } from './taken-back.ts';

/** What is decided of a hold: all of it, or the items of these sourcedIds. */
export interface HoldDecision {
  readonly state: 'approved' | 'discarded';
  readonly by: string;
  readonly sourcedIds?: readonly string[];
}

/**
 * Decides on a hold. Part of one becomes a hold of its own, decided, and the rest stays held. What is approved is applied by the
 * worker: the run goes on.
 *
 * @throws GatewayError `not_found` (no such hold, or a sourcedId of which it has no item), `conflict` (it was decided before, the run was only a plan or was taken back, or its
 * source system is not enabled)
 */
export async function decideHold(
  pool: pg.Pool,
  organizationId: number,
  runId: string,
  number: number,
  decision: HoldDecision,
): Promise<void> {
  await inOrganization(pool, organizationId, async (client) => {
    const target: Target = { client, organizationId, runId, number };
    // The lane, the run, the hold, as messages and the worker do: all lock in this order. Whoever ends the reading of this very run refers to it,
    // and waits for the lane: that is no reason to wait for each other.
    await client.query('select from lane where organization_id = $1 for update', [organizationId]);
    const { rows } = await client.query<DecidedRun>(
      `select r.mode, r.state, r.dialect, s.state as source_state, ${isTakenBack('r')} as taken_back
         from run r join source_system s on s.organization_id = $1 and s.id = r.source_system_id
        where r.organization_id = $1 and r.id = $2 for no key update of r`,
      [organizationId, runId],
    );
    const [run] = rows;
    if (run === undefined) throw new GatewayError('not_found', `There is no run ${runId}.`);
    await requireHeld(target);
    if (decision.state === 'approved' && run.mode !== 'apply')
      throw new GatewayError(
        'conflict',
        'The run was to make a plan, which nobody applies: request a run that applies.',
      );
    if (decision.state === 'approved' && ['cancelled', 'failed'].includes(run.state))
      throw new GatewayError('conflict', `The run was ${run.state}: request it again.`);
    if (decision.state === 'approved' && run.taken_back && run.dialect !== 'messages')
      throw new GatewayError('conflict', 'The run was taken back, and what it held with it: send its file again.');
    if (decision.state === 'approved' && run.source_state !== 'enabled')
      throw new GatewayError(
        'conflict',
        `The source system is in the state ${run.source_state}, and nothing of it is applied: enable it first.`,
      );
    const decided = decision.sourcedIds === undefined ? number : await takeOut(target, decision.sourcedIds);
    await client.query(
      `update run_hold set state = $4, decided_by = $5, decided_at = now()
        where organization_id = $1 and run_id = $2 and number = $3`,
      [organizationId, runId, decided, decision.state, decision.by],
    );
    if (decision.state !== 'approved') return;
    if (run.dialect === 'messages' && decided === number) await beginWindow(target);
    if (run.state !== 'finished') return;
    await client.query(`update run set state = 'applying', finished_at = null where organization_id = $1 and id = $2`, [
      organizationId,
      runId,
    ]);
  });
}

interface DecidedRun {
  mode: string;
  state: string;
  dialect: string | null;
  source_state: string;
  taken_back: boolean;
}

/**
 * All that a guard of messages kept back was meant: it counts no more, and the window of that guard begins anew. What deletes would
 * have taken along may be of any kind.
 */
async function beginWindow({ client, organizationId, runId, number }: Target): Promise<void> {
  await client.query(
    `delete from guard_window w using run r, run_hold h
      where r.organization_id = $1 and r.id = $2 and h.organization_id = $1 and h.run_id = $2 and h.number = $3
        and w.organization_id = $1 and w.source_system_id = r.source_system_id
        and case when h.guard = 'effects' then w.guard = 'removals' else w.guard = h.guard and w.kind = h.kind end`,
    [organizationId, runId, number],
  );
}

interface Target {
  readonly client: pg.ClientBase;
  readonly organizationId: number;
  readonly runId: string;
  readonly number: number;
}

async function requireHeld({ client, organizationId, runId, number }: Target): Promise<void> {
  const { rows } = await client.query<{ state: string; expired: boolean }>(
    `select state, expires_at < now() as expired from run_hold where organization_id = $1 and run_id = $2 and number = $3 for update`,
    [organizationId, runId, number],
  );
  const [hold] = rows;
  if (hold === undefined) throw new GatewayError('not_found', `The run ${runId} has no hold ${number}.`);
  const state = hold.state === 'held' && hold.expired ? 'expired' : hold.state;
  if (state !== 'held') throw new GatewayError('conflict', `The hold ${number} is ${state} already.`);
}

/** Moves items of a hold into one of their own, unless they are all of it; answers the number of the hold that has them. */
async function takeOut(
  { client, organizationId, runId, number }: Target,
  sourcedIds: readonly string[],
): Promise<number> {
  const hold = [organizationId, runId, number];
  const { rows } = await client.query<{ items: string; unknown: string[]; chosen: string; next: number }>(
    `select h.items,
            array(select distinct k.id from unnest($4::text[]) k(id)
                   where not exists (select from run_item i
                                      where i.sourced_id = k.id and i.run_id = $2 and i.organization_id = $1 and i.hold = $3)
                   order by k.id) as unknown,
            (select count(*) from run_item i
              where i.organization_id = $1 and i.run_id = $2 and i.hold = $3 and i.sourced_id = any($4::text[])) as chosen,
            (select max(o.number) + 1 from run_hold o where o.organization_id = $1 and o.run_id = $2) as next
       from run_hold h where h.organization_id = $1 and h.run_id = $2 and h.number = $3`,
    [...hold, sourcedIds],
  );
  const [there] = rows;
  if (there === undefined) throw new Error('a hold that is locked is gone');
  const { items, unknown, chosen, next } = there;
  if (unknown.length > 0) throw unknownIds(`The hold ${number}`, unknown, 'nothing was decided', 'sourcedIds');
  if (chosen === items) return number;
  await client.query(
    `update run_item set hold = $4 where organization_id = $1 and run_id = $2 and hold = $3 and sourced_id = any($5::text[])`,
    [...hold, next, sourcedIds],
  );
  await client.query(
    `insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, made_at, expires_at)
     select organization_id, run_id, $4, guard, kind, finding || jsonb_build_object('partOf', number), $5, 'held', made_at, expires_at
       from run_hold where organization_id = $1 and run_id = $2 and number = $3`,
    [...hold, next, chosen],
  );
  await client.query(
    'update run_hold set items = items - $4 where organization_id = $1 and run_id = $2 and number = $3',
    [...hold, chosen],
  );
  return next;
}

/**
 * Holds that nobody decided on in time are over; answers how many. Those that somebody is at just now are left for the next time: it waits for
 * nobody, so nobody who has others of them waits for it in a circle.
 */
export async function expireHolds(pool: pg.Pool): Promise<number> {
  let expired = 0;
  for (const organizationId of await organizationIds(pool)) {
    const { rowCount } = await inOrganization(pool, organizationId, (client) =>
      client.query(
        `with over as (
           select run_id, number from run_hold where organization_id = $1 and state = 'held' and expires_at < now() for update skip locked)
         update run_hold h set state = 'expired', decided_at = now()
           from over where h.organization_id = $1 and h.run_id = over.run_id and h.number = over.number`,
        [organizationId],
      ),
    );
    expired += rowCount ?? 0;
  }
  return expired;
}
