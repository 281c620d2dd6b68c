import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { DueFetch } from '../../domain/file-fetch.ts';
import { keepClaim } from './claim.ts';

const due = { name: 'nightly', claimedUntil: new Date(1) } as DueFetch;
const log = { warn: () => undefined };

test('a claim is renewed until its end, also after a renewal that failed', async () => {
  let renewals = 0;
  const keeper = {
    renew(held: DueFetch) {
      renewals += 1;
      if (renewals === 2) return Promise.reject(new Error('the database is away'));
      return Promise.resolve({ ...held, claimedUntil: new Date(held.claimedUntil.getTime() + 1) });
    },
  };
  const claim = keepClaim(keeper, due, log, 10);
  while (renewals < 4) await delay(5);
  const held = await claim.end();
  expect(held?.claimedUntil.getTime()).toBe(renewals);
  expect(claim.lost.aborted).toBe(false);
  await delay(30);
  expect(renewals).toBe(held?.claimedUntil.getTime());
});

test('a claim that somebody else has is lost', async () => {
  const claim = keepClaim({ renew: () => Promise.resolve(undefined) }, due, log, 10);
  while (!claim.lost.aborted) await delay(5);
  await expect(claim.end()).resolves.toBeUndefined();
});

test('one that ends before its time is as it was', async () => {
  const claim = keepClaim({ renew: () => Promise.reject(new Error('too early')) }, due, log);
  await expect(claim.end()).resolves.toBe(due);
});
