import type pg from 'pg';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { LiveStore } from '../../src/state/create-store.ts';
import type { History, Step } from './arbitraries.ts';
import { differences, readProjection } from './compare.ts';
import { createOrganization, type TestOrganization } from './harness.ts';
import { createModel, type Model } from './model.ts';
import type { Verdict } from './model/declare.ts';
import { oracleWorld } from './world.ts';

/** A history that was played both on Postgres and in the model. */
export type Played = { organization: TestOrganization; model: Model };

/** Where Postgres and the model part: after which step, and how. */
export class Disagreement extends Error {}

/** Plays a history and compares after every step, or at the end only. Throws a Disagreement. */
export async function play(
  pool: pg.Pool,
  store: LiveStore,
  { options, steps }: History,
  checked: 'every step' | 'at the end' = 'every step',
): Promise<Played> {
  const organization = await createOrganization(pool, store, oracleWorld(options));
  const model = createModel(oracleWorld(options));
  for (const [index, step] of steps.entries()) {
    await playStep(organization, model, step, index);
    const isLast = index === steps.length - 1;
    if (checked === 'every step' || isLast) await compare(pool, organization, model, `after step ${index + 1}`);
  }
  return { organization, model };
}

async function playStep(organization: TestOrganization, model: Model, step: Step, index: number): Promise<void> {
  if ('edit' in step) {
    model.edit(step);
    await organization.edit(step);
    return;
  }
  const verdicts = model.submit(step.source, step.commands);
  const outcomes = await organization.send(step.source, ...step.commands);
  outcomes.forEach((outcome, at) => {
    if (!agree(outcome, verdicts[at]!)) {
      const said = JSON.stringify(outcome.problems);
      throw new Disagreement(
        `step ${index + 1}, command ${at + 1}: SQL ${outcome.status} ${said}, the model ${verdicts[at]!}`,
      );
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
    case 'rejected':
      return status === 'rejected';
  }
}

async function compare(pool: pg.Pool, organization: TestOrganization, model: Model, when: string): Promise<void> {
  const projected = await readProjection(pool, organization.id);
  const lines = differences(projected, model.projection());
  if (lines.length > 0) throw new Disagreement(`${when}:\n  ${lines.join('\n  ')}`);
}
