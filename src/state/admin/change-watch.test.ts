import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChangeWatch, createChangeWatch } from './change-watch.ts';

let watch: ChangeWatch;
afterEach(() => watch.close());

function watched(seqs: Map<number, bigint>, intervalMs = 5) {
  const looks: number[] = [];
  watch = createChangeWatch((organizationId) => {
    looks.push(organizationId);
    const seq = seqs.get(organizationId);
    return seq === undefined ? Promise.reject(new Error('away')) : Promise.resolve(seq);
  }, intervalMs);
  return looks;
}

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a watch over changes', () => {
  it('answers at once what has changed already, and later what changes later', async () => {
    const seqs = new Map([[1, 5n]]);
    watched(seqs);
    expect(await watch.wait(1, 4n, 1_000)).toBe(true);
    const waiting = watch.wait(1, 5n, 1_000);
    setTimeout(() => seqs.set(1, 6n), 20);
    expect(await waiting).toBe(true);
  });

  it('answers false when the time is over', async () => {
    watched(new Map([[1, 5n]]));
    const started = performance.now();
    expect(await watch.wait(1, 5n, 40)).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('looks once for all readers of an organization, and not at all when nobody waits', async () => {
    const seqs = new Map([
      [1, 0n],
      [2, 0n],
    ]);
    const looks = watched(seqs, 20);
    const waiting = Array.from({ length: 100 }, (_, index) => watch.wait(1 + (index % 2), 0n, 1_000));
    await soon(70);
    expect(looks.length).toBeLessThan(12);
    seqs.set(1, 1n).set(2, 1n);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([true]));
    await soon(40);
    const afterwards = looks.length;
    await soon(60);
    expect(looks.length).toBe(afterwards);
  });

  it('goes on looking when the database is away for a moment', async () => {
    const seqs = new Map<number, bigint>();
    watched(seqs);
    const waiting = watch.wait(1, 0n, 1_000);
    setTimeout(() => seqs.set(1, 1n), 30);
    expect(await waiting).toBe(true);
  });

  it('answers everybody when it is closed', async () => {
    watched(new Map([[1, 0n]]));
    const waiting = [watch.wait(1, 0n, 60_000), watch.wait(2, 0n, 60_000)];
    await soon(10);
    watch.close();
    expect(await Promise.all(waiting)).toEqual([false, false]);
    expect(await watch.wait(1, 0n, 60_000)).toBe(false);
  });
});
