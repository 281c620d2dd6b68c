import { expect, test } from '@jest/globals';
import type { DueNotice } from '../domain/notices.ts';
import { nextAttempt } from './deliver.ts';

const now = new Date('2026-11-18T12:00:00Z');
const notice = (attempts: number, leftMs = 86_400_000): DueNotice =>
  ({ attempts, giveUpAt: new Date(now.getTime() + leftMs) }) as DueNotice;
const pauseS = (attempts: number, random = 0): number | undefined => {
  const next = nextAttempt(notice(attempts), now, () => random);
  return next === null ? undefined : (next.getTime() - now.getTime()) / 1_000;
};

test('each pause is twice as long as the one before, up to an hour, and a little shorter by chance', () => {
  expect([1, 2, 3, 4, 8, 9, 5_000].map((attempts) => pauseS(attempts))).toEqual([
    30, 60, 120, 240, 3_600, 3_600, 3_600,
  ]);
  expect(pauseS(2, 1)).toBe(45);
});

test('what would be tried after it is to be given up is given up', () => {
  expect(nextAttempt(notice(3, 119_000), now, () => 0)).toBeNull();
  expect(nextAttempt(notice(3, 121_000), now, () => 0)).not.toBeNull();
});
