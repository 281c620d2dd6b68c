import { expect, test } from '@jest/globals';
import { EventEmitter } from 'node:events';
import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { withDatabase } from '../testing/with-database.ts';
import { listenForChanges } from './notifications.ts';

const silent = { info: () => undefined, warn: () => undefined };

test('configuration changes are heard, and a broken connection is replaced, with a call to drop what is remembered', () =>
  withDatabase(async ({ address, pool }) => {
    const heard: string[] = [];
    let gaps = 0;
    const notifications = await listenForChanges({
      connect: async () => {
        const client = new pg.Client({ ...address, application_name: 'listener' });
        await client.connect();
        return client;
      },
      onChange: (payload) => heard.push(payload),
      onGap: () => (gaps += 1),
      log: silent,
    });
    expect(gaps).toBe(1);
    await pool.query(`select pg_notify('passerelle_config', 'one')`);
    await until(() => heard.includes('one'));
    await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'`);
    await until(() => gaps === 2);
    await pool.query(`select pg_notify('passerelle_config', 'two')`);
    await until(() => heard.includes('two'));
    await notifications.stop();
  }));

test('a connection on which nothing can be heard is closed', async () => {
  let ended = 0;
  const deaf = Object.assign(new EventEmitter(), {
    query: () => Promise.reject(new Error('a pooler refuses LISTEN')),
    end: () => Promise.resolve(void (ended += 1)),
  }) as unknown as pg.Client;
  const options = { onChange: () => undefined, onGap: () => undefined, log: silent };
  await expect(listenForChanges({ connect: () => Promise.resolve(deaf), ...options })).rejects.toThrow(
    'refuses LISTEN',
  );
  expect(ended).toBe(1);
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not happen');
    await delay(20);
  }
}
