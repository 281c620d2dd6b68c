import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { GatewayError } from '../../domain/problem.ts';
import { sampleMessage } from '../../testing/kits/samples.ts';
import type { MessageAuthenticator } from '../ports.ts';
import { guard, guardAuthenticator, guardHandler, PluginFault } from './guard.ts';

const unheard: unknown[] = [];
const hear = (reason: unknown): void => void unheard.push(reason);
beforeEach(() => void process.on('unhandledRejection', hear));
afterEach(() => void process.off('unhandledRejection', hear));

const source = {} as never;
const culprit = 'the plug-in upper at handle.user.replace';

test('a handler that is async is at fault, and its rejection ends no process', async () => {
  const handle = (() => Promise.reject(new Error('too late'))) as () => void;
  const guarded = guardHandler({ handle }, culprit);
  expect(() => guarded.handle?.([], source)).toThrow(`${culprit} returned a promise: it must be done when it returns`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(unheard).toEqual([]);
});

test('a handler that throws is named, and what it threw is kept', () => {
  const mistake = new TypeError('x is undefined');
  const read = (): void => {
    throw mistake;
  };
  const guarded = guardHandler({ read }, culprit);
  expect(guarded.handle).toBeUndefined();
  expect(() => guarded.read?.([], source)).toThrow(PluginFault);
  expect(() => guarded.read?.([], source)).toThrow(
    expect.objectContaining({ message: `${culprit} failed: x is undefined`, culprit, cause: mistake }),
  );
});

test('a plug-in may refuse, and keeps its own state', () => {
  const refusal = new GatewayError('invalid_data', 'No.');
  expect(() =>
    guard(() => {
      throw refusal;
    }, culprit)(),
  ).toThrow(refusal);
  class Counting {
    #calls = 0;
    handle(): void {
      this.#calls += 1;
    }
    get calls(): number {
      return this.#calls;
    }
  }
  const counting = new Counting();
  guardHandler(counting, culprit).handle?.([], source);
  expect(counting.calls).toBe(1);
});

test('an authenticator that promises what it sees is at fault; one that takes its time to decide is not', async () => {
  const link = {
    name: 'slow',
    role: 'identify',
    exposesSecret: false,
    recognises: () => Promise.resolve(true),
    claimedUserName: () => undefined,
    authenticate: () => Promise.resolve({ verdict: 'pass' }),
  } as unknown as MessageAuthenticator;
  const guarded = guardAuthenticator(link);
  expect(() => guarded.recognises(sampleMessage())).toThrow('the authenticator slow returned a promise');
  await expect(guarded.authenticate(sampleMessage())).resolves.toEqual({ verdict: 'pass' });
});
