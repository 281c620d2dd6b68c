import { describe, expect, test } from '@jest/globals';
import type { Login } from '../domain/access.ts';
import { createLogins } from './logins.ts';

const login: Login = { userName: 'Banner', organizationId: 1, sourceSystemId: 11, credentials: [], policies: [] };

function setUp() {
  const asked: string[] = [];
  let nowMs = 1_000;
  let answer: () => Promise<Login | undefined> = () => Promise.resolve(login);
  const source = { find: (key: string) => (asked.push(key), answer()) };
  const logins = createLogins({ source, now: () => nowMs, ttlMs: 5_000 });
  return {
    asked,
    logins,
    wait: (ms: number) => (nowMs += ms),
    answerWith: (next: () => Promise<Login | undefined>) => (answer = next),
  };
}

describe('logins', () => {
  test('are found by the folded user name and remembered for some seconds', async () => {
    const { logins, asked, wait } = setUp();
    expect(await logins.find(' BANNER ')).toBe(login);
    wait(4_999);
    expect(await logins.find('banner')).toBe(login);
    wait(1);
    await logins.find('banner');
    expect(asked).toEqual(['banner', 'banner']);
  });

  test('that do not exist are remembered too', async () => {
    const { logins, asked, answerWith } = setUp();
    answerWith(() => Promise.resolve(undefined));
    expect([await logins.find('x'), await logins.find('x')]).toEqual([undefined, undefined]);
    expect(asked).toHaveLength(1);
  });

  test('are read once, however many messages ask at the same time', async () => {
    const { logins, asked } = setUp();
    await Promise.all(Array.from({ length: 64 }, () => logins.find('banner')));
    expect(asked).toHaveLength(1);
  });

  test('are read again after a change', async () => {
    const { logins, asked } = setUp();
    await logins.find('banner');
    logins.forget('banner');
    await logins.find('banner');
    logins.forget();
    await logins.find('banner');
    expect(asked).toHaveLength(3);
  });

  test('read before a change and answered after it are not remembered', async () => {
    const { logins, asked, answerWith } = setUp();
    let release: (found: Login) => void = () => undefined;
    answerWith(() => new Promise((resolve) => (release = resolve)));
    const early = logins.find('banner');
    logins.forget('banner');
    release(login);
    expect(await early).toBe(login);
    answerWith(() => Promise.resolve(undefined));
    expect(await logins.find('banner')).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  test('an unreachable database is an error, and is asked again', async () => {
    const { logins, answerWith } = setUp();
    answerWith(() => Promise.reject(new Error('connection refused')));
    await expect(logins.find('banner')).rejects.toThrow('connection refused');
    answerWith(() => Promise.resolve(login));
    expect(await logins.find('banner')).toBe(login);
  });
});
