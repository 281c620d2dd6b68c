import { describe, expect, test } from '@jest/globals';
import { createVerificationQueue } from './verification-queue.ts';

/** Work that ends when the test says so. */
function createBench() {
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const work = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => finish.set(name, () => resolve(name)));
  };
  const end = async (name: string) => {
    finish.get(name)?.();
    await new Promise(setImmediate);
  };
  return { started, work, end };
}

describe('the queue of costly checks', () => {
  test('runs few at once and serves addresses in turn', async () => {
    const queue = createVerificationQueue({ concurrency: 1, perOrigin: 10, total: 100 });
    const { started, work, end } = createBench();
    const all = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map((name) => queue.run(name.charAt(0), work(name)));
    await new Promise(setImmediate);
    expect(started).toEqual(['a1']);
    for (const name of ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']) await end(name);
    expect(started).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'b2']);
  });

  test('a flood from one address is refused as busy, another address is still served', async () => {
    const queue = createVerificationQueue({ concurrency: 1, perOrigin: 2, total: 100 });
    const { started, work, end } = createBench();
    const flood = [1, 2, 3].map((number) => queue.run('flood', work(`flood${number}`)));
    await expect(queue.run('flood', work('flood4'))).rejects.toMatchObject({ code: 'busy', retryAfterS: 2 });
    const other = queue.run('sis', work('sis'));
    for (const name of ['flood1', 'flood2', 'sis', 'flood3']) await end(name);
    expect(await other).toBe('sis');
    await Promise.all(flood);
    expect(started).not.toContain('flood4');
  });

  test('has a bound over all addresses', async () => {
    const queue = createVerificationQueue({ concurrency: 1, perOrigin: 9, total: 2 });
    const { work, end } = createBench();
    const taken = ['a', 'b', 'c'].map((origin) => queue.run(origin, work(origin)));
    await expect(queue.run('d', work('d'))).rejects.toMatchObject({ code: 'busy' });
    for (const origin of ['a', 'b', 'c']) await end(origin);
    await Promise.all(taken);
  });

  test('goes on after a check that failed', async () => {
    const queue = createVerificationQueue({ concurrency: 1, perOrigin: 9, total: 9 });
    await expect(queue.run('a', () => Promise.reject(new Error('broken hash')))).rejects.toThrow('broken hash');
    expect(await queue.run('a', () => Promise.resolve('next'))).toBe('next');
  });
});
