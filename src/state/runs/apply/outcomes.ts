import type { WireKind } from '../../../domain/entities.ts';
import type { Outcome, OutcomeStatus } from '../../../domain/outcome.ts';
import type { Problem } from '../../../domain/problem.ts';
import type { Reading } from '../../lane.ts';

/** What became of an item that is not simply done. */
export interface RunOutcome {
  readonly number: number;
  readonly status: OutcomeStatus | 'overtaken';
  readonly problems: readonly Problem[];
}

const told: ReadonlySet<OutcomeStatus> = new Set(['waiting', 'held', 'rejected', 'failed']);

/** Nothing of what is simply done: that follows from how far the run has applied its items. */
export function outcomesOf(number: number, { status, problems }: Outcome): RunOutcome[] {
  return told.has(status) || problems.length > 0 ? [{ number, status, problems }] : [];
}

export function overtakenOutcome(number: number, kind: WireKind, sourcedId: string): RunOutcome {
  const message = `The ${kind} "${sourcedId}" was declared anew after it was compared with the file: what the file says of it was left out.`;
  return { number, status: 'overtaken', problems: [{ code: 'overtaken', message }] };
}

export async function writeOutcomes(
  { client, organizationId }: Reading,
  runId: string,
  outcomes: readonly RunOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return;
  await client.query({
    name: 'run_outcome_write',
    text: `insert into run_outcome (organization_id, run_id, number, status, problems)
           select $1, $2, r.* from jsonb_to_recordset($3) as r(number bigint, status text, problems jsonb)
           on conflict (organization_id, run_id, number) do update set status = excluded.status, problems = excluded.problems`,
    values: [organizationId, runId, JSON.stringify(outcomes)],
  });
}
