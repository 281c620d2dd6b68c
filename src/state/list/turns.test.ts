import { expect, test } from '@jest/globals';
import { createTurns } from './turns.ts';

/** Works that end when they are told to. */
function works() {
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => async () => {
    running.push(name);
    await new Promise<void>((end) => ends.set(name, end));
    running.splice(running.indexOf(name), 1);
    return name;
  };
  const end = async (name: string) => {
    ends.get(name)!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { running, work, end };
}

test('some run at a time; one organization leaves turns to another, and gets them when there are any', async () => {
  const turns = createTurns({ most: 3, mostOfOne: 2, mostWaiting: 10, mostWaitingOfOne: 10 });
  const { running, work, end } = works();
  const all = [
    ...['a1', 'a2', 'a3', 'a4'].map((name) => turns.take(1, work(name))),
    ...['b1', 'b2'].map((name) => turns.take(2, work(name))),
  ];
  await new Promise((resolve) => setImmediate(resolve));
  expect(running).toEqual(['a1', 'a2', 'b1']);
  await end('b1');
  expect(running).toEqual(['a1', 'a2', 'b2']);
  await end('a1');
  expect(running).toEqual(['a2', 'b2', 'a3']);
  for (const name of ['a2', 'b2', 'a3', 'a4']) await end(name);
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'b2']);
});

test('what fails leaves its turn; too many who wait, and who comes after the end, are told to come again', async () => {
  const turns = createTurns({ most: 1, mostOfOne: 1, mostWaiting: 1, mostWaitingOfOne: 1 });
  const { running, work, end } = works();
  const failing = turns.take(1, () => Promise.reject(new Error('no')));
  const next = turns.take(1, work('next'));
  await expect(turns.take(1, work('third'))).rejects.toMatchObject({ code: 'busy' });
  await expect(failing).rejects.toThrow('no');
  await new Promise((resolve) => setImmediate(resolve));
  expect(running).toEqual(['next']);
  const closing = turns.close();
  await expect(turns.take(2, work('late'))).rejects.toMatchObject({ code: 'busy' });
  await end('next');
  await closing;
  expect(await next).toBe('next');
});

test('one organization leaves places to wait to another', async () => {
  const turns = createTurns({ most: 2, mostOfOne: 1, mostWaiting: 3, mostWaitingOfOne: 2 });
  const { running, work, end } = works();
  const all = ['a1', 'a2', 'a3'].map((name) => turns.take(1, work(name)));
  await expect(turns.take(1, work('a4'))).rejects.toMatchObject({ code: 'busy' });
  all.push(...['b1', 'b2'].map((name) => turns.take(2, work(name))));
  await expect(turns.take(2, work('b3'))).rejects.toMatchObject({ code: 'busy' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(running).toEqual(['a1', 'b1']);
  for (const name of ['a1', 'a2', 'b1', 'a3', 'b2']) await end(name);
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
});

test('the end waits for what runs, and refuses what waits', async () => {
  const turns = createTurns({ most: 1, mostOfOne: 1, mostWaiting: 10, mostWaitingOfOne: 10 });
  const { running, work, end } = works();
  const first = turns.take(1, work('first'));
  const second = turns.take(1, work('second'));
  const third = turns.take(2, work('third'));
  await new Promise((resolve) => setImmediate(resolve));
  const closing = turns.close();
  for (const waiting of [second, third]) {
    await expect(waiting).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining('stopping') });
  }
  expect(running).toEqual(['first']);
  await end('first');
  await closing;
  expect(await first).toBe('first');
  expect(running).toEqual([]);
});
