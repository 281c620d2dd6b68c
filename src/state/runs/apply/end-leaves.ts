import type pg from 'pg';
import type { Outcome } from '../../../domain/outcome.ts';
import { applySteps } from '../../apply.ts';
import { refusalOf } from '../../flush.ts';
import { inLane, inOrganization } from '../../in-transaction.ts';
import type { Lane } from '../../lane.ts';
import { failureOf } from '../../sql-state.ts';
import { outcomesOf, writeOutcomes } from './outcomes.ts';

/** So many in one transaction, so that single messages get the lane in between. */
const chunkSize = 500;

/** The source systems of an organization of which enrollments are due to end. */
export function sourcesWithDueLeaves(pool: pg.Pool, organizationId: number, now: Date): Promise<number[]> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `select distinct source_system_id as id from run_leave
        where organization_id = $1 and state = 'waiting' and due_at <= $2 order by 1`,
      [organizationId, now],
    );
    return rows.map(({ id }) => id);
  });
}

/**
 * Ends the next enrollments of a source system that are due, in one transaction that holds the lane: each is deleted as its run
 * would have, and its changes are put down to that run. What was declared again meanwhile has returned. So each ends once, whoever
 * is killed when.
 *
 * @returns how many were looked at; 0 = there is none left
 */
export async function endDueLeaves(
  pool: pg.Pool,
  organizationId: number,
  sourceSystemId: number,
  now: Date,
  size = chunkSize,
): Promise<number> {
  try {
    return await inLane(pool, organizationId, { reason: 'message' }, (lane) =>
      endNext(lane, sourceSystemId, now, size),
    );
  } catch (error) {
    if (failureOf(error) !== 'record') throw error;
    if (size > 1) return endDueLeaves(pool, organizationId, sourceSystemId, now, Math.ceil(size / 2));
    return inLane(pool, organizationId, { reason: 'message' }, async (lane) => {
      const [due] = await readDue(lane, sourceSystemId, now, 1);
      if (due === undefined) return 0;
      const { code, message } = refusalOf(error);
      const outcome = { number: Number(due.number), status: 'failed' as const, problems: [{ code, message }] };
      await writeOutcomes(lane, due.run_id, [outcome]);
      await decide(lane, [{ ...due, state: 'failed' }], now);
      return 1;
    });
  }
}

interface DueLeave {
  readonly run_id: string;
  readonly number: string;
  readonly sourced_id: string;
  readonly standing: 'leaving' | 'ended' | 'returned';
}

type Decided = Pick<DueLeave, 'run_id' | 'number'> & { state: 'ended' | 'returned' | 'failed' };

async function endNext(lane: Lane, sourceSystemId: number, now: Date, size: number): Promise<number> {
  const due = await readDue(lane, sourceSystemId, now, size);
  const decided: Decided[] = [];
  const refused: { readonly leave: DueLeave; readonly outcome: Outcome }[] = [];
  for (const leave of due) if (leave.standing !== 'leaving') decided.push({ ...leave, state: leave.standing });
  await applySteps(
    lane,
    due
      .filter(({ standing }) => standing === 'leaving')
      .map((leave) => ({
        command: { entity: 'enrollment', kind: 'membership', sourcedId: leave.sourced_id, verb: 'delete' },
        messageId: leave.run_id,
        sourceSystemId,
        answer: (outcome: Outcome) => {
          decided.push({ ...leave, state: outcome.status === 'rejected' ? 'failed' : 'ended' });
          if (outcome.status === 'rejected') refused.push({ leave, outcome });
        },
      })),
  );
  for (const { leave, outcome } of refused)
    await writeOutcomes(lane, leave.run_id, outcomesOf(Number(leave.number), outcome));
  await decide(lane, decided, now);
  return due.length;
}

type Scope = Pick<Lane, 'organizationId' | 'client'>;

/** The next that are due, and how their rows stand now. */
async function readDue(
  { client, organizationId }: Scope,
  sourceSystemId: number,
  now: Date,
  size: number,
): Promise<DueLeave[]> {
  const { rows } = await client.query<DueLeave>({
    name: 'run_leave_due',
    text: `select l.run_id, l.number, l.sourced_id,
                  case when d.leaving is not null then 'leaving' when d.sourced_id is null or d.deleted then 'ended' else 'returned' end as standing
             from (select * from run_leave
                    where organization_id = $1 and source_system_id = $2 and state = 'waiting' and due_at <= $3
                    order by due_at, run_id, number limit $4) l
             left join lateral (
               select d.sourced_id, d.leaving, d.deleted from declared_enrollment d
                where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = l.sourced_id limit 1) d on true`,
    values: [organizationId, sourceSystemId, now, size],
  });
  return rows;
}

async function decide({ client, organizationId }: Scope, decided: readonly Decided[], now: Date): Promise<void> {
  if (decided.length === 0) return;
  await client.query({
    name: 'run_leave_decide',
    text: `update run_leave l set state = k.state, decided_at = $2
             from unnest($3::uuid[], $4::bigint[], $5::text[]) as k(run_id, number, state)
            where l.organization_id = $1 and l.run_id = k.run_id and l.number = k.number`,
    values: [
      organizationId,
      now,
      decided.map((one) => one.run_id),
      decided.map((one) => one.number),
      decided.map((one) => one.state),
    ],
  });
}
