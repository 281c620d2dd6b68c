import { expect, test } from '@jest/globals';
import { circlesOf } from './circles.ts';

test('finds who leads back to themselves, each circle once', () => {
  expect(circlesOf([])).toEqual([]);
  expect(
    circlesOf([
      ['a', 'b'],
      ['b', 'c'],
    ]),
  ).toEqual([]);
  const found = circlesOf([
    ['above', 'a'],
    ['a', 'b'],
    ['b', 'a'],
    ['b', 'c'],
    ['c', 'd'],
    ['d', 'e'],
    ['e', 'c'],
    ['e', 'below'],
  ]);
  expect(found.map((circle) => [...circle].sort())).toEqual([
    ['c', 'd', 'e'],
    ['a', 'b'],
  ]);
});

test('two circles that share a node are one', () => {
  const found = circlesOf([
    ['a', 'b'],
    ['b', 'a'],
    ['b', 'c'],
    ['c', 'b'],
  ]);
  expect(found.map((circle) => [...circle].sort())).toEqual([['a', 'b', 'c']]);
});

test('a circle of a hundred thousand is one pass', () => {
  const edges = Array.from({ length: 100_000 }, (_, index) => [`${index}`, `${(index + 1) % 100_000}`] as const);
  expect(circlesOf(edges).map((circle) => circle.length)).toEqual([100_000]);
});
