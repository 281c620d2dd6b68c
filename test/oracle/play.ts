import type pg from 'pg';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { LiveStore } from '../../src/state/create-store.ts';
import type { History, Step } from './arbitraries.ts';
import { differences, readProjection } from './compare.ts';
import { createOrganization, type TestOrganization } from './harness.ts';
import { batches, createModel } from './model.ts';
import type { Verdict } from './model/declare.ts';
import { oracleWorld } from './world.ts';

/** Where Postgres and the model part: after which step, and how. */
export class Disagreement extends Error {}

/** Plays a history on Postgres, in an organization of its own. */
export async function play(pool: pg.Pool, store: LiveStore, { options, steps }: History): Promise<TestOrganization> {
  const organization = await createOrganization(pool, store, oracleWorld(options));
  for (const step of steps) await playStep(organization, step);
  return organization;
}

/** Plays a history on Postgres and in the model, and compares after every step. Throws a Disagreement. */
export async function playAndCompare(pool: pg.Pool, store: LiveStore, { options, steps }: History): Promise<void> {
  const organization = await createOrganization(pool, store, oracleWorld(options));
  const model = createModel(oracleWorld(options));
  for (const [index, step] of alone(options, steps).entries()) {
    const outcomes = await playStep(organization, step);
    const projected = await readProjection(pool, organization.id);
    if ('edit' in step) model.edit(step, projected);
    else compareOutcomes(outcomes, model.submit(step.source, step.commands, projected), `step ${index + 1}`);
    const lines = differences(projected, model.projection());
    if (lines.length > 0) throw new Disagreement(`after step ${index + 1}:\n  ${lines.join('\n  ')}`);
  }
}

/**
 * Who takes what several claim is told by the projection after each batch, so a message is cut into its batches. And what
 * a delete forgets is what depends on it at that moment (projection.md, 8): where a source system forgets, its deletes are
 * messages of their own, so that the moment is clear.
 */
function alone(options: History['options'], steps: Step[]): Step[] {
  const forgets: Record<string, boolean> = {
    banner: options.banner.dependants === 'forget',
    lis: options.lis.dependants === 'forget',
  };
  return steps.flatMap((step): Step[] => {
    if ('edit' in step) {
      if (step.edit === 'options' && step.options.dependants)
        forgets[step.source] = step.options.dependants === 'forget';
      return [step];
    }
    if (forgets[step.source] !== true) return batches(step.commands).map((commands) => ({ ...step, commands }));
    return step.commands.map((command) => ({ source: step.source, commands: [command] }));
  });
}

async function playStep(organization: TestOrganization, step: Step): Promise<Outcome[]> {
  if (!('edit' in step)) return organization.send(step.source, ...step.commands);
  await organization.edit(step);
  return [];
}

function compareOutcomes(outcomes: Outcome[], verdicts: Verdict[], where: string): void {
  outcomes.forEach((outcome, at) => {
    if (!agree(outcome, verdicts[at]!)) {
      const said = JSON.stringify(outcome.problems);
      throw new Disagreement(`${where}, command ${at + 1}: SQL ${outcome.status} ${said}, the model ${verdicts[at]!}`);
    }
  });
}

/** The model knows what was declared; whether it waits is compared in the projection. */
function agree({ status, problems }: Outcome, verdict: Verdict): boolean {
  switch (verdict) {
    case 'written':
      return ['created', 'updated', 'waiting'].includes(status);
    case 'unchanged':
      return status === 'unchanged' || status === 'waiting';
    case 'deleted':
      return status === 'deleted' && !problems.some((problem) => problem.code === 'unknown_object');
    case 'unknown':
      return problems.some((problem) => problem.code === 'unknown_object');
    case 'in use':
      return status === 'rejected' && problems.some((problem) => problem.code === 'id_in_use');
    case 'rejected':
      return status === 'rejected';
  }
}
