import { expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createPool } from '../../src/postgres/connect.ts';
import { withDatabase } from '../../src/testing/with-database.ts';

test('a connection that breaks while idle is reported and replaced, and the process lives on', () =>
  withDatabase(async (db) => {
    const warnings: string[] = [];
    const silent = () => undefined;
    const log = {
      debug: silent,
      info: silent,
      error: silent,
      warn: (_: object, text: string) => void warnings.push(text),
    };
    const pool = createPool({ database: db.url, max: 1, log });
    const first = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    await db.pool.query('select pg_terminate_backend($1)', [first.rows[0]?.pid]);
    await delay(100);
    const second = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    await pool.end();
    expect(second.rows[0]?.pid).not.toBe(first.rows[0]?.pid);
    expect(warnings).toEqual(['an idle database connection broke']);
  }));

test('a forgotten transaction is ended by the server', () =>
  withDatabase(async (db) => {
    const setting = await db.pool.query('show idle_in_transaction_session_timeout');
    expect(setting.rows).toEqual([{ idle_in_transaction_session_timeout: '1min' }]);
  }));
