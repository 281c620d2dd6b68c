import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { machineOf, settingsFor } from './machine-settings.ts';

const gibibyte = 2 ** 30;

describe('what the server of a machine is given', () => {
  test.each([
    ['a large machine', 256, 2_000, '4096MB', '65536MB', '8192MB'],
    ['one of 24 GiB', 24, 80, '3072MB', '12288MB', '5120MB'],
    ['one of 4 GiB', 4, 40, '512MB', '2048MB', '2560MB'],
    ['a small container', 0.5, 3, '128MB', '512MB', '1024MB'],
  ])('%s', (_, memory, freeDisk, cache, all, log) => {
    expect(settingsFor({ memory: memory * gibibyte, freeDisk: freeDisk * gibibyte })).toEqual({
      shared_buffers: cache,
      effective_cache_size: all,
      max_wal_size: log,
    });
  });
});

test('what a machine has is found out', async () => {
  const { memory, freeDisk } = await machineOf(tmpdir());
  expect(memory).toBeGreaterThan(2 ** 26);
  expect(freeDisk).toBeGreaterThan(0);
});
