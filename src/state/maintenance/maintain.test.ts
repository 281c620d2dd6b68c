import { describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { uuidv7 } from '../../domain/ids.ts';
import { withDatabase } from '../../testing/with-database.ts';
import { inOrganization } from '../in-transaction.ts';
import { maintainPartitions, purgeExpired } from './maintain.ts';
import { listPartitions } from './partitions.ts';

const november = new Date('2026-11-21T12:00:00Z');
const keep = { messageDays: 30, changeDays: 60 };

describe('partitions by month', () => {
  test('stand ready for this month and the two next ones, and are made once', () =>
    withDatabase(async ({ pool }) => {
      const first = await maintainPartitions(pool, keep, november);
      expect(first.partitionsMade).toEqual(
        ['message', 'change'].flatMap((table) => [`${table}_2026_11`, `${table}_2026_12`, `${table}_2027_01`]),
      );
      expect(await maintainPartitions(pool, keep, november)).toEqual({
        partitionsMade: [],
        partitionsDropped: [],
        runsRemoved: 0,
        uploadsRemoved: 0,
      });
    }));

  test('are made once when several processes start together', () =>
    withDatabase(async ({ pool }) => {
      const runs = await Promise.all([1, 2, 3].map(() => maintainPartitions(pool, keep, november)));
      expect(runs.flatMap((run) => run.partitionsMade).sort()).toHaveLength(6);
      expect(await listPartitions(pool, 'message')).toHaveLength(3);
    }));

  test('take over rows of their month that arrived while they were missing', () =>
    withDatabase(async ({ pool }) => {
      const organizationId = await addOrganization(pool);
      await addMessage(pool, organizationId, november);
      await maintainPartitions(pool, keep, november);
      const { rows } = await inOrganization(pool, organizationId, (client) =>
        client.query('select organization_id from message_2026_11'),
      );
      expect(rows).toEqual([{ organization_id: organizationId }]);
    }));

  test('show nothing of another organization to who names one, be it of a month or the default', () =>
    withDatabase(async ({ pool }) => {
      const [north, south] = [await addOrganization(pool), await addOrganization(pool, 'south')];
      await maintainPartitions(pool, keep, november);
      const stray = new Date('2031-05-01T00:00:00Z');
      for (const at of [november, stray]) {
        await addMessage(pool, north, at);
        await addChange(pool, north, at.getTime(), at);
      }
      for (const table of ['message_2026_11', 'message_default', 'change_2026_11', 'change_default']) {
        const seenBy = async (id: number) =>
          (await inOrganization(pool, id, (client) => client.query(`select from ${table}`))).rowCount;
        expect([table, await seenBy(north), await seenBy(south)]).toEqual([table, 1, 0]);
        expect((await pool.query(`select from ${table}`)).rowCount).toBe(0);
        await expect(
          inOrganization(pool, south, (client) =>
            client.query(`insert into ${table} select (t).* from (select null::${table} as t) none`),
          ),
        ).rejects.toThrow(/row-level security/);
      }
      await maintainPartitions(pool, keep, stray);
      expect((await pool.query('select from message_2031_05')).rowCount).toBe(0);
      expect(await countMessages(pool, north)).toBe(1);
    }));
});

describe('retention', () => {
  test('removes whole months that are older than the days to keep, and no younger message', () =>
    withDatabase(async ({ pool }) => {
      const organizationId = await addOrganization(pool);
      const august = new Date('2026-08-02T00:00:00Z');
      const october = new Date('2026-10-31T23:59:59Z');
      for (const at of [august, october]) {
        await maintainPartitions(pool, { messageDays: 3_650, changeDays: 3_650 }, at);
        await addMessage(pool, organizationId, at);
      }
      const report = await maintainPartitions(pool, { ...keep, changeDays: 3_650 }, november);
      expect(report.partitionsDropped).toEqual(['message_2026_08', 'message_2026_09']);
      expect(await countMessages(pool, organizationId)).toBe(1);
    }));

  test('of changes tells feed readers first: their cursors expire up to the last removed change', () =>
    withDatabase(async ({ pool }) => {
      const organizationId = await addOrganization(pool);
      await maintainPartitions(pool, { messageDays: 3_650, changeDays: 3_650 }, new Date('2026-08-15T00:00:00Z'));
      await addChange(pool, organizationId, 1, new Date('2026-08-15T00:00:00Z'));
      await addChange(pool, organizationId, 2, new Date('2026-08-16T00:00:00Z'));
      await addChange(pool, organizationId, 3, november);
      await maintainPartitions(pool, keep, november);
      const lane = await inOrganization(pool, organizationId, (client) =>
        client.query('select removed_seq, removed_before from lane'),
      );
      expect(lane.rows).toEqual([{ removed_seq: '2', removed_before: new Date('2026-09-01T00:00:00Z') }]);
    }));
});

test('what has expired is purged: remembered answers and allocated ids of every organization', () =>
  withDatabase(async ({ pool }) => {
    const organizationId = await addOrganization(pool);
    await inOrganization(pool, organizationId, (client) =>
      client.query(
        `insert into idempotency values
        ($1, 1, 'old', '', gen_random_uuid(), '2026-11-21T11:00:00Z'),
        ($1, 1, 'new', '', gen_random_uuid(), '2026-11-21T13:00:00Z')`,
        [organizationId],
      ),
    );
    await inOrganization(pool, organizationId, (client) =>
      client.query(
        `insert into allocation values
        ($1, 1, 'person', '1', 'old', '2026-11-21T11:00:00Z'),
        ($1, 1, 'person', '2', 'new', '2026-11-21T13:00:00Z')`,
        [organizationId],
      ),
    );
    expect(await purgeExpired(pool, november)).toMatchObject({ answers: 1, allocations: 1 });
  }));

async function addOrganization(pool: pg.Pool, code = 'north'): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `insert into organization (code, name, root_org_unit_id) values ($1, $1, 1) returning id`,
    [code],
  );
  const id = rows[0]!.id;
  await inOrganization(pool, id, (client) => client.query('insert into lane (organization_id) values ($1)', [id]));
  return id;
}

async function addMessage(pool: pg.Pool, organizationId: number, at: Date): Promise<void> {
  await inOrganization(pool, organizationId, (client) =>
    client.query(
      `insert into message (organization_id, id, source_system_id, user_name, received_at, door, dialect, operation,
         content_type, remote_address, size_bytes, body, result, sourced_ids, outcomes, duration_ms)
       values ($1, $2, 1, '', $3, 'soap', 'lis2', '', '', '', 0, '', 'success', '{}', '[]', 0)`,
      [organizationId, uuidv7(at.getTime()), at],
    ),
  );
}

async function countMessages(pool: pg.Pool, organizationId: number): Promise<number> {
  const { rowCount } = await inOrganization(pool, organizationId, (client) => client.query('select from message'));
  return rowCount ?? 0;
}

async function addChange(pool: pg.Pool, organizationId: number, seq: number, at: Date): Promise<void> {
  await inOrganization(pool, organizationId, (client) =>
    client.query(
      `insert into change (organization_id, id, seq, at, entity, lms_id, operation, cause)
       values ($1, $2, $3, $4, 'user', 1, 'created', '{}')`,
      [organizationId, uuidv7(at.getTime()), seq, at],
    ),
  );
}
