import { expect, test } from '@jest/globals';
import { SeenKeys } from './seen-keys.ts';

test('knows a hundred thousand keys, and none that it has not come across', () => {
  const keys = new SeenKeys();
  const key = (number: number) => ({ kind: 'membership' as const, sourcedId: `synthetic:P${number}/section/1.2026` });
  for (let number = 0; number < 100_000; number += 1) keys.add(key(number));
  const known = Array.from({ length: 200_000 }, (_, number) => number).filter((number) => keys.has(key(number)));
  expect([known.length, known[0], known.at(-1)]).toEqual([100_000, 0, 99_999]);
});

test('the same sourcedId of another kind is another key', () => {
  const keys = new SeenKeys();
  keys.add({ kind: 'person', sourcedId: '1' });
  expect(keys.has({ kind: 'person', sourcedId: '1' })).toBe(true);
  expect(keys.has({ kind: 'membership', sourcedId: '1' })).toBe(false);
});

test('what has an item need not have been come across: a delete by pair has items of other keys', () => {
  const keys = new SeenKeys();
  const key = { kind: 'membership', sourcedId: 'M1' } as const;
  keys.addPlanned(key);
  expect([keys.has(key), keys.isPlanned(key)]).toEqual([false, true]);
  keys.add(key);
  expect([keys.has(key), keys.isPlanned(key)]).toEqual([true, true]);
});

test('what was given back answers nothing, rather than that nobody was named', () => {
  const keys = new SeenKeys();
  const key = { kind: 'person', sourcedId: 'P1' } as const;
  keys.add(key);
  keys.clear();
  expect(() => keys.has(key)).toThrow('given back');
});
