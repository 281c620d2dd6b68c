import { expect, test } from '@jest/globals';
import { createTurns } from './turns.ts';

test('turns are given in the order in which they were asked for, a few each time round the event loop', async () => {
  const turn = createTurns();
  const seen: number[] = [];
  const callers = [1, 2, 3, 4, 5, 6].map(async (number) => {
    await turn();
    seen.push(number);
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([1, 2, 3, 4]);
  await Promise.all(callers);
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
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
