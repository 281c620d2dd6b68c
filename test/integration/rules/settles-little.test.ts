import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { type Lane, enterLane } from '../../../src/state/lane.ts';
import { settleOrgUnitsSql } from '../../../src/state/projection/org-units-settle.ts';
import { settleUsersSql } from '../../../src/state/projection/users-settle.ts';
import { course, person } from '../../oracle/commands.ts';
import { rowsRead } from './rows-read.ts';
import { useSetting } from './setting.ts';

const setting = useSetting();
const many = 3_000;
/** Each statement looks at a row of its own several times. */
const few = 20;
/** Beyond the changes that the tests make otherwise. */
const [userSeq, orgUnitSeq] = [1_000, 2_000];

describe('what settles an LMS object looks at what concerns it, however much there is beside it', () => {
  let client: pg.PoolClient;

  beforeAll(async () => {
    client = await setting.database.pool.connect();
  });
  afterAll(() => {
    client.release();
  });

  /** In a transaction with the lane that is undone. */
  async function inLane<Result>(work: (lane: Lane) => Promise<Result>): Promise<Result> {
    try {
      return await work(await enterLane(client, setting.organization.id, { reason: 'message' }));
    } finally {
      await client.query('rollback');
    }
  }

  function settleUser(lane: Lane, lmsId: string, table: string): Promise<number> {
    const { organizationId, sourcesJson, changeIdHead } = lane;
    const values = [organizationId, [lmsId], sourcesJson, ['nickname'], userSeq, changeIdHead, '{}', [], false, '{}'];
    return rowsRead(lane.client, settleUsersSql, values, table);
  }

  function settleOrgUnit(lane: Lane, lmsId: string, table: string): Promise<number> {
    const { organizationId, sourcesJson, changeIdHead, rootOrgUnitId } = lane;
    const values = [
      organizationId,
      [lmsId],
      sourcesJson,
      ['description'],
      orgUnitSeq,
      changeIdHead,
      '{}',
      rootOrgUnitId,
      [],
      false,
      'infinity',
    ];
    return rowsRead(lane.client, settleOrgUnitsSql, values, table);
  }

  test('rule 6: a user name that comes free wakes those who wait for it, and reads nobody else who waits', async () => {
    const { lis } = await ids();
    await setting.organization.send('lis', person('P1', { userName: 'ann' }));
    const lmsId = (await setting.lmsId('lis/person/P1'))!;
    const read = await inLane(async (lane) => {
      await lane.client.query(
        `insert into declared_user (organization_id, source_system_id, sourced_id, fields, message_id, wait_code)
         select $1, $2, 'waits-' || n, jsonb_build_object('userName', 'name-' || n % 100), gen_random_uuid(), 'identity_conflict'
           from generate_series(1, $3) n`,
        [lane.organizationId, lis, many],
      );
      await lane.client.query(
        `update declared_user set fields = '{"userName": "annie", "orgDefinedId": "A1"}'
          where organization_id = $1 and sourced_id = 'P1'`,
        [lane.organizationId],
      );
      return settleUser(lane, lmsId, 'declared_user');
    });
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(few);
  });

  test('rule 15: of the overrides it reads those of the object', async () => {
    await setting.organization.send(
      'lis',
      person('P1', { nickname: 'theirs' }),
      course('template', 'C1', { description: 'theirs' }),
    );
    const user = (await setting.lmsId('lis/person/P1'))!;
    const unit = (await setting.lmsId('lis/template/C1'))!;
    const override = (lane: Lane) =>
      lane.client.query(
        `insert into override (organization_id, lms_id, field, value, set_by)
         select $1, id, field, '"ours"', 'a test'
           from unnest(array['nickname', 'description']) field,
                (select 1000000 + n as id from generate_series(1, $2) n union all values ($3::bigint), ($4::bigint)) object`,
        [lane.organizationId, many, user, unit],
      );
    const reads = await inLane(async (lane) => {
      await override(lane);
      await lane.client.query('analyze override');
      return [await settleUser(lane, user, 'override'), await settleOrgUnit(lane, unit, 'override')];
    });
    for (const read of reads) {
      expect(read).toBeGreaterThan(0);
      expect(read).toBeLessThan(few);
    }
  });

  async function ids(): Promise<Record<string, number>> {
    const rows = await setting.query<{ code: string; id: number }>('select code, id from source_system');
    return Object.fromEntries(rows.map(({ code, id }) => [code, id]));
  }
});
