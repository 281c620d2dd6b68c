import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { enterLane, type Lane } from '../../../src/state/lane.ts';
import { settlePairs } from '../../../src/state/projection/enrollments-settle.ts';
import { settleOrgUnitsSql } from '../../../src/state/projection/org-units-settle.ts';
import { settleUsersSql } from '../../../src/state/projection/users-settle.ts';
import { inUnit, membership, person } from '../../oracle/commands.ts';
import { analyzeNothing, rowsHandled } from './rows-read.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();
const many = 600;
/** Rows that a statement handles for each object, in all its steps. Comparing each with each would be `many` and more, for each. */
const each = 150;
/** Beyond the changes that the tests make otherwise. */
const seq = 1_000_000;
const tables =
  'declared_user, declared_org_unit, declared_enrollment, link, lms_user, lms_org_unit, lms_org_unit_parent, lms_enrollment, override';
const numbers = Array.from({ length: many }, (_, index) => index);

beforeAll(() => analyzeNothing(setting.database.pool, tables.split(', ')));

/** What is done in the lane before, so that there is something to settle. All is undone. */
const beforehand = {
  user: [
    ['new', 'delete from lms_user'],
    ['changed', `update declared_user set fields = fields || jsonb_build_object('userName', 'other-' || sourced_id)`],
    ['left without a row', 'delete from link'],
    ['deleted', `update declared_user set live = false, deleted = true`],
    ['back', `update lms_user set state = 'deleted'`],
    ['back, named by the LMS', `update lms_user set state = 'deleted'; ${overridesOf('lms_user', 'userName')}`],
    [
      'refused their names',
      `update declared_user set fields = fields || jsonb_build_object('userName', 'taken-' || sourced_id);
       insert into lms_user (organization_id, id, user_name_key, fields, state)
       select organization_id, id + 1000000, 'taken-' || (fields->>'orgDefinedId'), '{}', 'active' from lms_user`,
    ],
  ],
  orgUnit: [
    ['new', 'delete from lms_org_unit'],
    ['changed', `update declared_org_unit set fields = fields || jsonb_build_object('code', 'other-' || sourced_id)`],
    ['elsewhere', 'update declared_org_unit set parent_ids = array[parent_ids[1] + 1000000]'],
    ['left without a row', 'delete from link'],
    ['deleted', 'update declared_org_unit set live = false, deleted = true'],
    ['back', `update lms_org_unit set state = 'deleted'`],
    ['back, named by the LMS', `update lms_org_unit set state = 'deleted'; ${overridesOf('lms_org_unit', 'code')}`],
    [
      'refused their codes',
      `update declared_org_unit set fields = fields || jsonb_build_object('code', 'taken-' || lower(sourced_id));
       insert into lms_org_unit (organization_id, id, org_unit_type_id, code, code_key, fields, state)
       select organization_id, id + 1000000, org_unit_type_id, 'taken', 'taken-' || code_key, '{}', 'active' from lms_org_unit`,
    ],
  ],
  enrollment: [
    ['new', 'delete from lms_enrollment'],
    ['changed', `update declared_enrollment set roles = '[{"role": "Instructor", "active": true}]'`],
    ['ended', 'update declared_enrollment set deleted = true'],
  ],
} as const;

function overridesOf(table: string, field: string): string {
  return `insert into override (organization_id, lms_id, field, value, set_by)
          select organization_id, id, '${field}', to_jsonb('ours-' || id), 'a test' from ${table}`;
}

describe('what settles many LMS objects handles a number of rows that follows theirs', () => {
  let client: pg.PoolClient;

  beforeAll(async () => {
    client = await setting.database.pool.connect();
  });
  afterAll(() => {
    client.release();
  });

  /** What the lane answers after the work beforehand, by a plan that is made on tables as they are then known. All is undone. */
  async function inLane<Result>(analyzed: boolean, before: string, work: (lane: Lane) => Promise<Result>) {
    try {
      const lane = await enterLane(client, setting.organization.id, { reason: 'message' });
      await client.query(before);
      if (analyzed) await client.query(`analyze ${tables}`);
      return await work(lane);
    } finally {
      await client.query('rollback');
    }
  }

  function expectLinear(handled: number): void {
    expect(handled).toBeGreaterThan(many);
    expect(handled / many).toBeLessThan(each);
  }

  async function linked(kind: string): Promise<string[]> {
    const rows = await setting.query<{ id: string }>('select lms_id::text as id from link where kind = $1', [kind]);
    expect(rows).toHaveLength(many);
    return rows.map(({ id }) => id);
  }

  const sections = courseWithSections(...numbers.map((number) => `S${number}`));
  const people = numbers.map((number) =>
    person(`P${number}`, { userName: `user${number}`, orgDefinedId: `p${number}` }),
  );

  describe.each([false, true])('by a plan with statistics: %s', (analyzed) => {
    test.each(beforehand.user)('users, %s', async (_, before) => {
      await setting.organization.send('lis', ...people);
      const ids = await linked('person');
      const handled = await inLane(analyzed, before, ({ organizationId, sourcesJson, changeIdHead }) => {
        const values = [organizationId, ids, sourcesJson, ['userName'], seq, changeIdHead, '{}', [], false, '{}'];
        return rowsHandled(client, settleUsersSql, values);
      });
      expectLinear(handled);
    });

    test.each(beforehand.orgUnit)('org units, %s', async (_, before) => {
      await setting.organization.send('lis', ...sections);
      const ids = await linked('section');
      const handled = await inLane(analyzed, before, ({ organizationId, sourcesJson, changeIdHead, rootOrgUnitId }) => {
        const values = [
          organizationId,
          ids,
          sourcesJson,
          ['code'],
          seq,
          changeIdHead,
          '{}',
          rootOrgUnitId,
          [],
          false,
          'infinity',
        ];
        return rowsHandled(client, settleOrgUnitsSql, values);
      });
      expectLinear(handled);
    });

    test.each(beforehand.enrollment)('enrollments, %s', async (_, before) => {
      await setting.organization.send('lis', ...people, ...courseWithSections('S1'));
      const section = await setting.lmsId('lis/section/S1');
      const ids = await linked('person');
      await setting.organization.send(
        'lis',
        ...numbers.map((n) => membership(`M${n}`, `P${n}`, inUnit('section', 'S1'))),
      );
      const handled = await inLane(analyzed, before, ({ organizationId, sourcesJson, changeIdHead }) => {
        const pairs = [ids, ids.map(() => section), ids.map(() => uuid)];
        const values = [organizationId, ...pairs, 0, [], [], sourcesJson, seq, changeIdHead, '{}'];
        return rowsHandled(client, settlePairs.text, values);
      });
      expectLinear(handled);
    });
  });
});

const uuid = '01a2006e-f354-7a39-bc3b-ae35d74bfaf1';
