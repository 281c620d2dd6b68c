import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { enterLane, type Lane } from '../../../src/state/lane.ts';
import { findDifferences } from '../../../src/state/projection/enrollments-many.ts';
import { inUnit, membership, person } from '../../oracle/commands.ts';
import { analyzeNothing, rowsRead } from './rows-read.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();
const many = 3_000;
let [user, offering, section] = ['', '', ''];

beforeAll(() =>
  analyzeNothing(setting.database.pool, ['lms_org_unit_parent', 'declared_enrollment', 'lms_enrollment']),
);
beforeEach(async () => {
  await setting.organization.send(
    'lis',
    person('P1'),
    ...courseWithSections('S1'),
    membership('M1', 'P1', inUnit('section', 'S1')),
  );
  const id = async (row: string) => (await setting.lmsId(row))!;
  [user, offering, section] = [await id('lis/person/P1'), await id('lis/offering/O1'), await id('lis/section/S1')];
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** One user with thousands of rows; `others` users with ten each, as most have. */
async function fill({ client, organizationId }: Lane, others: number): Promise<void> {
  await client.query(
    `insert into declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_sourced_id, roles, message_id, user_id, org_unit_id)
     select $1::integer, $2::integer, 'other-' || n, 'P1', 'other-' || n, '[{"role": "Learner", "active": true}]'::jsonb, gen_random_uuid(), $3::bigint, 2000000 + n from generate_series(1, $4::integer) n
     union all
     select $1::integer, $2::integer, 'few-' || n, 'P' || n / 10, 'few-' || n, '[{"role": "Learner", "active": true}]'::jsonb, gen_random_uuid(), 9000000 + n / 10, 2000000 + n from generate_series(1, $5::integer) n`,
    [organizationId, setting.organization.sources.get('lis')!.id, user, many, others * 10],
  );
  await client.query(
    `insert into lms_enrollment (organization_id, user_id, org_unit_id, id, role_id)
     select $1::integer, d.user_id, d.org_unit_id, 50000000 + row_number() over (), (select e.role_id from lms_enrollment e limit 1)
       from declared_enrollment d where d.org_unit_id >= 2000000`,
    [organizationId],
  );
  await client.query('analyze declared_enrollment, lms_enrollment');
}

test('what is to become of a pair is found without reading the other memberships of its user', async () => {
  const client = await setting.database.pool.connect();
  try {
    const lane = await enterLane(client, setting.organization.id, { reason: 'message' });
    await client.query('set local enable_nestloop = off');
    await fill(lane, 2_000);
    const send = jest.spyOn(client, 'query');
    await findDifferences(lane, { userIds: `{${user},${user}}`, orgUnitIds: `{${offering},${section}}` });
    const { text, values } = send.mock.calls.at(-1)![0] as unknown as { text: string; values: unknown[] };
    for (const table of ['declared_enrollment', 'lms_enrollment'])
      expect(await rowsRead(client, text, values, table)).toBeLessThan(15);
  } finally {
    await client.query('rollback');
    client.release();
  }
});
