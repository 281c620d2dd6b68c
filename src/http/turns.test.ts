import { expect, test } from '@jest/globals';
import { createTurns } from './turns.ts';

test('turns are given in the order in which they were asked for, one each time round the event loop', async () => {
  const turn = createTurns();
  const seen: string[] = [];
  const callers = ['first', 'second', 'third'].map(async (name) => {
    await turn();
    seen.push(name);
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(['first']);
  await Promise.all(callers);
  expect(seen).toEqual(['first', 'second', 'third']);
});

test('who asks again while others wait comes after them', async () => {
  const turn = createTurns();
  const seen: string[] = [];
  const twice = (async () => {
    await turn();
    seen.push('a');
    await turn();
    seen.push('a again');
  })();
  const once = turn().then(() => seen.push('b'));
  await Promise.all([twice, once]);
  expect(seen).toEqual(['a', 'b', 'a again']);
});
