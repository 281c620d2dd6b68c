import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { keepLease } from './keep-lease.ts';

const times = { renewMs: 20, leaseMs: 60 };
const ignore = (): void => undefined;
const renewed = (): Promise<boolean> => Promise.resolve(true);

test('a lease is kept until its end, also after a renewal that failed', async () => {
  let renewals = 0;
  const failures: unknown[] = [];
  const away = new Error('the database is away');
  const renew = (): Promise<boolean> => ((renewals += 1) === 2 ? Promise.reject(away) : renewed());
  const lease = keepLease(renew, (error) => failures.push(error), times);
  while (renewals < 6) await delay(5);
  lease.end();
  expect([lease.lost.aborted, failures]).toEqual([false, [away]]);
  await delay(50);
  expect(renewals).toBe(6);
});

test.each<[string, () => Promise<boolean>]>([
  ['is taken over', () => Promise.resolve(false)],
  ['cannot be renewed', () => Promise.reject(new Error('the database is away'))],
])('a lease that %s is lost', async (_, renew) => {
  const lease = keepLease(renew, ignore, times);
  await delay(200);
  expect(lease.lost.aborted).toBe(true);
  lease.end();
});

test('a lease whose renewal waits for something is not lost', async () => {
  const lease = keepLease(() => new Promise<boolean>(ignore), ignore, times);
  await delay(200);
  expect(lease.lost.aborted).toBe(false);
  lease.end();
});
