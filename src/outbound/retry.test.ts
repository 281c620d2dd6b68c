import { describe, expect, test } from '@jest/globals';
import { CallDefect } from '../pipeline/outbound.ts';
import { CallFailed } from './call-failed.ts';
import { attempted } from './retry.ts';
import { createSecretRemover } from './secret-remover.ts';

const failed = (options: { passing?: boolean; retryAfterMs?: number } = {}) =>
  new CallFailed('http', 'endpoint_busy', 'It is busy.', { passing: true, ...options });

/** Attempts that all fail alike, on a clock that goes on by what is waited. */
async function waitsOf(most: number, random: number, error: Error = failed()) {
  const waits: number[] = [];
  let nowMs = 0;
  const clock = {
    now: () => new Date(nowMs),
    after(ms: number, run: () => void) {
      waits.push(ms);
      nowMs += ms;
      queueMicrotask(run);
      return () => undefined;
    },
  };
  const once = () => Promise.reject(error);
  const { attempts } = await attempted({ clock, random: () => random }, most, once);
  return { waits, attempts, startedMs: attempts.map(({ startedAt }) => startedAt.getTime()) };
}

describe('attempts', () => {
  test('wait twice as long each time, and a minute at most', async () => {
    const { waits, attempts, startedMs } = await waitsOf(9, 0);
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(attempts).toHaveLength(9);
    expect(startedMs.slice(0, 4)).toEqual([0, 1_000, 3_000, 7_000]);
  });

  test('wait by chance up to half of it less', async () => {
    expect((await waitsOf(4, 1)).waits).toEqual([500, 1_000, 2_000]);
    expect((await waitsOf(2, 0.5)).waits).toEqual([750]);
  });

  test('wait as long as they are asked to, within a minute', async () => {
    expect((await waitsOf(3, 1, failed({ retryAfterMs: 5_000 }))).waits).toEqual([5_000, 5_000]);
    expect((await waitsOf(3, 0, failed({ retryAfterMs: 100 }))).waits).toEqual([1_000, 2_000]);
    expect((await waitsOf(3, 0, failed({ retryAfterMs: 61_000 }))).attempts).toHaveLength(1);
  });

  test('are made once of what does not pass', async () => {
    expect((await waitsOf(5, 0, failed({ passing: false }))).attempts).toHaveLength(1);
  });

  test('do not hide a mistake of ours, and do not forget what was done before it', async () => {
    const ours = new TypeError('ours');
    const clock = {
      now: () => new Date(0),
      after: (_ms: number, run: () => void) => (queueMicrotask(run), () => undefined),
    };
    let made = 0;
    const defect: unknown = await attempted({ clock, random: () => 0 }, 5, (trace) => {
      made += 1;
      trace.secrets = createSecretRemover({});
      trace.sent = { message: Buffer.from('<sent/>'), composed: Buffer.from('<sent/>') };
      trace.status = made === 1 ? 503 : 200;
      return Promise.reject(made === 1 ? failed() : ours);
    }).catch((error: unknown) => error);
    expect(defect).toBeInstanceOf(CallDefect);
    expect(defect).toMatchObject({
      message: 'ours',
      cause: ours,
      result: {
        sent: Buffer.from('<sent/>'),
        status: 200,
        attempts: [
          { status: 503, problem: { code: 'endpoint_busy' } },
          { status: 200, problem: { code: 'internal_error' } },
        ],
      },
    });
  });
});
