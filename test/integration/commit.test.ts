import { expect, test } from '@jest/globals';
import { commit } from '../../src/state/commit.ts';
import { withDatabase } from '../../src/testing/with-database.ts';

test('a commit of a transaction in which a statement failed unheard is a failure', () =>
  withDatabase(async ({ pool }) => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query('select 1/0').catch(() => undefined);
    await expect(commit(client)).rejects.toThrow('rolled back');
    await client.query('begin');
    await commit(client);
    client.release();
  }));
