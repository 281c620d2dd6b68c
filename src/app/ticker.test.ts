import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogs } from '../log.ts';
import { createReleases } from './releases.ts';
import { startTicker } from './ticker.ts';

const lines: Record<string, unknown>[] = [];
const log = createLogs(
  { level: 'debug', modules: {} },
  { destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) } },
)('test');

describe('background work', () => {
  test('runs at once, again while there is more, and then at its time or when it is woken', async () => {
    let runs = 0;
    const ticker = startTicker({ name: 'work', everyMs: 60_000, log, work: () => Promise.resolve(++runs < 3) });
    await until(() => runs === 3);
    await delay(20);
    expect(runs).toBe(3);
    ticker.wake();
    await until(() => runs === 4);
    await ticker.stop();
    expect(runs).toBe(4);
  });

  test('is waited for when it is stopped, and told so', async () => {
    const seen: string[] = [];
    const ticker = startTicker({
      name: 'slow',
      everyMs: 1,
      log,
      async work(stopping) {
        await delay(50);
        seen.push(stopping.aborted ? 'stopping' : 'going on');
        return false;
      },
    });
    await delay(10);
    await ticker.stop();
    expect(seen).toEqual(['stopping']);
  });

  test('that fails is logged and tried again', async () => {
    let runs = 0;
    const work = (): Promise<boolean> =>
      ++runs === 1 ? Promise.reject(new Error('no database')) : Promise.resolve(false);
    const ticker = startTicker({ name: 'failing', everyMs: 60_000, log, work });
    await delay(20);
    ticker.wake();
    await delay(20);
    await ticker.stop();
    expect(runs).toBe(2);
    const told = lines.filter((line) => line.work === 'failing').map(({ level, msg }) => [level, msg]);
    expect(told).toEqual([
      ['warn', 'background work failed and will be tried again'],
      ['info', 'background work goes on'],
    ]);
  });
});

test('what was started last is stopped first, and one that fails keeps no other from stopping', async () => {
  const order: string[] = [];
  const releases = createReleases(log);
  releases.add('first', () => order.push('first'));
  releases.add('second', () => Promise.reject(new Error('stuck')));
  releases.add('third', async () => {
    await delay(10);
    order.push('third');
  });
  await releases.releaseAll();
  expect(order).toEqual(['third', 'first']);
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(1);
}
