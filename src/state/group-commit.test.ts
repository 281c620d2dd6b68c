import { expect, test } from '@jest/globals';
import { createGroupCommit } from './group-commit.ts';
import type { Work } from './group-commit.ts';

const limits = { maxBatch: 3, maxBatchBytes: 500, maxQueue: 5, maxQueueBytes: 1_000 };

interface Numbered extends Work<never> {
  readonly number: number;
}

function work(number: number, sizeBytes = 1): Numbered {
  return { number, sizeBytes, resolve: () => undefined, reject: () => undefined };
}

/** A group commit whose flushes wait until they are let go. */
function heldCommit() {
  const batches: number[][] = [];
  const releases: (() => void)[] = [];
  const commit = createGroupCommit<Numbered>((_organization, batch) => {
    batches.push(batch.map(({ number }) => number));
    const done = new Promise<void>((resolve) => releases.push(resolve));
    return { next: done.then(() => undefined), done };
  }, limits);
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
  return { commit, batches, release: () => releases.shift()?.(), turn };
}

test('messages that arrive while one is being written share the next transaction, in their order', async () => {
  const { commit, batches, release, turn } = heldCommit();
  commit.add(1, work(1));
  await turn();
  for (const number of [2, 3, 4, 5]) commit.add(1, work(number));
  expect(commit.depth()).toBe(5);
  for (let flushes = 0; flushes < 3; flushes += 1) {
    release();
    await turn();
  }
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  expect(commit.depth()).toBe(0);
});

test('a batch may set out before the one before it is done, and closing waits for both', async () => {
  const flushings: { done: () => void; next: (handover: string) => void; before: string | undefined }[] = [];
  const commit = createGroupCommit<Numbered, string>((_organization, _batch, before) => {
    const [next, done] = [Promise.withResolvers<string>(), Promise.withResolvers<undefined>()];
    flushings.push({
      before,
      next: next.resolve,
      done: () => {
        done.resolve(undefined);
      },
    });
    return { next: next.promise, done: done.promise };
  }, limits);
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
  commit.add(1, work(1));
  await turn();
  commit.add(1, work(2));
  await turn();
  expect(flushings).toHaveLength(1);
  flushings[0]?.next('from the first');
  await turn();
  expect(flushings.map(({ before }) => before)).toEqual([undefined, 'from the first']);

  let closed = false;
  const closing = commit.close().then(() => (closed = true));
  flushings[1]?.next('from the second');
  flushings[1]?.done();
  await turn();
  expect([closed, commit.depth()]).toEqual([false, 1]);
  flushings[0]?.done();
  await closing;
  expect(commit.depth()).toBe(0);
});

test('organizations do not wait for each other', async () => {
  const { commit, batches, turn } = heldCommit();
  commit.add(1, work(1));
  commit.add(2, work(2));
  await turn();
  expect(batches).toEqual([[1], [2]]);
});

test('a full queue is told busy, by number and by bytes', async () => {
  const { commit, turn } = heldCommit();
  commit.add(1, work(0));
  await turn();
  expect(() => commit.add(1, work(1, 2_000))).toThrow('Too many messages');
  for (const number of [1, 2, 3, 4, 5]) commit.add(1, work(number));
  expect(() => commit.add(1, work(6))).toThrow('Too many messages');
});

test('closing refuses new work and waits for what was accepted', async () => {
  const { commit, batches, release, turn } = heldCommit();
  commit.add(1, work(1));
  await turn();
  commit.add(1, work(2));
  let closed = false;
  const closing = commit.close().then(() => (closed = true));
  expect(() => commit.add(1, work(3))).toThrow('stopping');
  release();
  await turn();
  expect(closed).toBe(false);
  release();
  await closing;
  expect(batches).toEqual([[1], [2]]);
});

test('a batch holds no more bytes than fit, and a single large message goes alone', async () => {
  const { commit, batches, release, turn } = heldCommit();
  commit.add(1, work(0));
  await turn();
  for (const [number, size] of [
    [1, 600],
    [2, 200],
    [3, 190],
  ] as const)
    commit.add(1, work(number, size));
  for (let flushes = 0; flushes < 3; flushes += 1) {
    release();
    await turn();
  }
  expect(batches).toEqual([[0], [1], [2, 3]]);
});

test('a flush that throws fails its own messages and nobody else', async () => {
  const rejected: unknown[] = [];
  const commit = createGroupCommit<Numbered>(
    () => ({ next: Promise.resolve(undefined), done: Promise.reject(new Error('broken')) }),
    limits,
  );
  commit.add(1, { ...work(1), reject: (error) => void rejected.push(error) });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(rejected).toHaveLength(1);
  expect(commit.depth()).toBe(0);
});
