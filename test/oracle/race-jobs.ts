import type { WriteCommand } from '../../src/domain/command.ts';
import { isSuccess, type Outcome } from '../../src/domain/outcome.ts';
import type { SourceSystem } from '../../src/domain/source-system.ts';
import type { LiveStore } from '../../src/state/create-store.ts';
import { course, inUnit, membership, person, under } from './commands.ts';
import { applyEdit } from './edits.ts';
import { write } from './harness.ts';

/** One thing that a writer does in a race. */
export type Job = { source: SourceSystem } & ({ command: WriteCommand } | { mapRole: string; to: string });

/**
 * The parts of one enrollment, and of a relation of its person; whichever comes last completes them. `also`: another source
 * system names the same person.
 */
export function partsOfOneEnrollment(id: string, source: SourceSystem, also: SourceSystem): Job[] {
  const relations = [{ kind: 'auditor' as const, sourcedId: `R-${id}` }];
  return [
    { source, command: person(`P-${id}`, { orgDefinedId: id, userName: `user-${id}`, relations }) },
    { source, command: person(`R-${id}`, { orgDefinedId: `auditor-${id}` }) },
    { source: also, command: person(`Q-${id}`, { orgDefinedId: id, givenName: 'Ann' }) },
    { source, command: course('template', `T-${id}`) },
    { source, command: course('offering', `O-${id}`, { parents: [under('template', 'template', `T-${id}`)] }) },
    { source, command: course('section', `S-${id}`, { parents: [under('offering', 'offering', `O-${id}`)] }) },
    { source, command: membership(`M-${id}`, `P-${id}`, inUnit('section', `S-${id}`), `Role ${id}`) },
    { source, mapRole: `Role ${id}`, to: 'student' },
  ];
}

/** Does all jobs at once; answers what went wrong. */
export async function runJobs(store: LiveStore, jobs: readonly Job[]): Promise<string[]> {
  const results = await Promise.allSettled(jobs.map((job) => runJob(store, job)));
  return results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
}

/** What is new to one may be there already for another, and what is to be there may not have come: that is for the order to say. */
function isByOrder({ status, problems }: Outcome): boolean {
  const codes = ['id_in_use', 'unknown_object', 'incomplete_data'];
  return status === 'rejected' && problems.every(({ code }) => codes.includes(code));
}

async function runJob(store: LiveStore, job: Job): Promise<void> {
  const { source } = job;
  if ('command' in job) {
    const { outcomes } = await write(store, source, [job.command]);
    if (!outcomes.every((outcome) => isSuccess(outcome) || isByOrder(outcome)))
      throw new Error(JSON.stringify(outcomes));
    return;
  }
  const edit = { edit: 'role', source: source.code, sisRole: job.mapRole, to: job.to } as const;
  await applyEdit(store, source.organizationId, new Map([[source.code, source]]), edit);
}
