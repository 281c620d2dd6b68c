import { expect, test } from '@jest/globals';
import type { RunView } from '../../domain/administration/index.ts';
import { createRunWatch } from './run-watch.ts';

const soon = { intervalMs: 5, signOfLifeMs: 30 };
const viewOf = (state: RunView['state'], items: number): RunView => ({ id: 'r', state, items }) as RunView;

test('a run is told when it has changed, and no more once it has ended', async () => {
  const states = [viewOf('reading', 1), viewOf('reading', 1), viewOf('applying', 2), viewOf('finished', 2)];
  const watch = createRunWatch(() => Promise.resolve(states.length > 1 ? states.shift()! : states[0]!), soon);
  const told: unknown[] = [];
  for await (const view of watch.follow(1, 'r')) told.push(view?.state);
  expect(told).toEqual(['reading', 'applying', 'finished']);
});

test('where nothing is new there is a sign of life; closing ends it', async () => {
  const watch = createRunWatch(() => Promise.resolve(viewOf('planned', 1)), soon);
  const told: unknown[] = [];
  for await (const view of watch.follow(1, 'r')) {
    told.push(view?.state);
    if (told.length === 3) watch.close();
  }
  expect(told).toEqual(['planned', undefined, undefined]);
});

test('those who watch the same run share the looks at it', async () => {
  let looks = 0;
  const watch = createRunWatch(
    async () => {
      looks += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
      return viewOf(looks < 4 ? 'applying' : 'finished', looks);
    },
    { intervalMs: 40, signOfLifeMs: 1_000 },
  );
  const follow = async (): Promise<number> => {
    let told = 0;
    for await (const view of watch.follow(1, 'r')) told += view === undefined ? 0 : 1;
    return told;
  };
  expect(await Promise.all(Array.from({ length: 20 }, follow))).toEqual(new Array(20).fill(4));
  expect(looks).toBe(4);
});

test('a run that is not there is said so', async () => {
  const watch = createRunWatch(() => Promise.reject(new Error('not there')), soon);
  await expect(watch.follow(1, 'r').next()).rejects.toThrow('not there');
});
