import { expect, test } from '@jest/globals';
import type { EntityKind } from '../../src/domain/entities.ts';
import { createStatistics } from '../../src/state/statistics.ts';
import { withDatabase } from '../../src/testing/with-database.ts';

const sixty = (entity: EntityKind) => Array.from({ length: 60 }, () => entity);

test('transactions that refresh the statistics of the same tables in another order do not wait for each other', async () => {
  await withDatabase(async ({ pool }) => {
    const [one, other] = [await pool.connect(), await pool.connect()];
    const [ofOne, ofOther] = [createStatistics(), createStatistics()];
    try {
      await one.query(`begin; set local lock_timeout = '5s'`);
      await other.query(`begin; set local lock_timeout = '5s'`);
      await ofOne.declared(one, sixty('user'));
      await ofOther.declared(other, sixty('enrollment'));
      await ofOne.declared(one, sixty('enrollment'));
      await ofOther.declared(other, sixty('user'));
      expect((await one.query('commit')).command).toBe('COMMIT');
      expect((await other.query('commit')).command).toBe('COMMIT');
    } finally {
      one.release();
      other.release();
    }
    await ofOther.committed(pool);
  });
});
