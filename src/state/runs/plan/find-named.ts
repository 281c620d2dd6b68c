import type pg from 'pg';
import type { Problem } from '../../../domain/problem.ts';
import { inOrganization } from '../../in-transaction.ts';
import { plannerSettings } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import { asideOf, type LostRecord, type PlanRecord, problemOf, type RunProblem } from './planning.ts';
import { findByUserName } from './seen.ts';

/** A record that names its person by the user name: as many as there are records, or none of them does. */
interface Named {
  readonly by?: { readonly field: 'userName'; readonly value: string };
}

/**
 * Gives the records that name their person by the user name its sourcedId: the one person that the source system declared with it,
 * or that stands in the files before. None is `unknown_object`, several are `ambiguous`.
 */
export async function findNamed(
  pool: pg.Pool,
  run: LeasedRun,
  records: readonly PlanRecord[],
  named: readonly Named[],
): Promise<{ records: readonly PlanRecord[]; problems: readonly RunProblem[]; lost: readonly LostRecord[] }> {
  if (named.length === 0) return { records, problems: [], lost: [] };
  const values = named.map(({ by }) => by?.value ?? '');
  const found = await inOrganization(pool, run.organizationId, async (client) => {
    await client.query(plannerSettings);
    return findByUserName({ client, organizationId: run.organizationId }, run, values);
  });
  const known: PlanRecord[] = [];
  const problems: RunProblem[] = [];
  const lost: LostRecord[] = [];
  records.forEach((record, index) => {
    const [sourcedId, another] = found[index] ?? [];
    if (sourcedId !== undefined && another === undefined)
      known.push({ ...record, command: { ...record.command, sourcedId } });
    else {
      const problem = notOne(values[index] ?? '', another !== undefined);
      problems.push(problemOf(record, 'error', problem));
      lost.push({ ...lostBy(problem), ...asideOf(record.command) });
    }
  });
  return { records: known, problems, lost };
}

/** An unknown name is nobody's who is declared; one of several is somebody's. */
function lostBy({ code }: Problem): LostRecord {
  return { kind: 'person', ...(code === 'ambiguous' ? { mayName: ['person'] } : {}) };
}

function notOne(userName: string, isSeveral: boolean): Problem {
  return isSeveral
    ? {
        code: 'ambiguous',
        message: `Several persons of this source system have the user name "${userName}"; nobody's record was changed.`,
      }
    : {
        code: 'unknown_object',
        message: `No person of this source system has the user name "${userName}", neither from before nor from the files before this one.`,
      };
}
