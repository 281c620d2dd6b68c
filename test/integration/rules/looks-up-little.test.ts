import { expect, test } from '@jest/globals';
import type { WriteCommand } from '../../../src/domain/command.ts';
import { presets } from '../../../src/domain/source-system.ts';
import { allocateIds } from '../../../src/state/allocate.ts';
import { enterLane, type Lane } from '../../../src/state/lane.ts';
import { readBeyond } from '../../../src/state/rights/read-carried.ts';
import { readTargets } from '../../../src/state/rights/read-targets.ts';
import { association, course, inUnit, membership, person, remove, under } from '../../oracle/commands.ts';
import { rowsRead } from './rows-read.ts';
import { courseWithSections, useSetting } from './setting.ts';

/* Row-level security keeps a condition from an index unless Postgres knows that it leaks nothing. */

const setting = useSetting();
const many = 3_000;
const few = 10;

test('what rights are asked of is found by index, however much there is beside it', async () => {
  const fresh = membership('M1', 'P1', inUnit('section', 'NOT-YET'));
  const read = await readBy(
    `insert into declared_org_unit (organization_id, source_system_id, kind, sourced_id, fields, message_id)
     select $1, $2, 'section', 'other-' || n, '{"type": "CourseSection"}', gen_random_uuid() from generate_series(1, $3) n`,
    (lane, lis) => readTargets(lane, restricted(lis), [fresh]),
    'declared_org_unit',
    'rights_enrollments',
  );
  expect(read).toBeLessThan(few);
});

test.each([
  'declared_org_unit',
  'declared_parent',
  'declared_enrollment',
  'declared_association',
  'link',
  'lms_org_unit',
])('what commands carry to others is found in %s by index', async (table) => {
  const [section, person1] = [course('section', 'S'), person('P')];
  await setting.organization.send(
    'lis',
    ...courseWithSections('S'),
    person1,
    membership('M', 'P', inUnit('section', 'S')),
  );
  const stated: WriteCommand[] = [
    remove(course('template', 'C1')),
    remove(person1),
    remove(section),
    course('offering', 'O1', { parents: [under('template', 'template', 'NONE')] }),
    association('A', ['S']),
    course('section', 'NEW', { parents: [under('offering', 'offering', 'O1')] }),
    { entity: 'user', kind: 'person', verb: 'rename', sourcedId: 'P', newSourcedId: 'P2' },
  ];
  const read = await readBy(
    beside,
    async (lane, lis) => {
      const targets = await readTargets(lane, restricted(lis), stated);
      const judged = stated.map((command, at) => ({ command, target: targets[at]! }));
      await readBeyond(lane, restricted(lis), judged, new Set(['reach.past']), new Date());
    },
    table,
    'rights_carried',
  );
  expect(read).toBeLessThan(10 * few);
});

test.each(['lms_org_unit', 'link', 'lms_user', 'declared_org_unit'])(
  'what would be adopted is found in %s by index',
  async (table) => {
    for (const [statement, command] of [
      ['rights_org_units', course('offering', 'NEW')],
      ['rights_users', person('NEW')],
    ] as const) {
      const read = await readBy(beside, (lane, lis) => readTargets(lane, restricted(lis), [command]), table, statement);
      expect(read).toBeLessThan(few);
    }
  },
);

/** Org units, parents, memberships and LMS objects that are nobody's business. */
const beside = `
  with unit as (
    insert into declared_org_unit (organization_id, source_system_id, kind, sourced_id, fields, message_id)
    select $1, $2, 'section', 'other-' || n, '{"type": "CourseSection"}', gen_random_uuid() from generate_series(1, $3::integer) n),
  parent as (
    insert into declared_parent (organization_id, source_system_id, kind, sourced_id, position, role, parent_kind, parent_sourced_id)
    select $1, $2, 'section', 'other-' || n, 0, 'offering', 'offering', 'other' from generate_series(1, $3::integer) n),
  associated as (
    insert into declared_association (organization_id, source_system_id, sourced_id, position, section_sourced_id)
    select $1, $2, 'other', n, 'other-' || n from generate_series(1, $3::integer) n),
  membership as (
    insert into declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, message_id)
    select $1, $2, 'other-' || n, 'other', 'section', 'other-' || n, '[]', gen_random_uuid() from generate_series(1, $3::integer) n),
  lms as (
    insert into lms_org_unit (organization_id, id, org_unit_type_id, code, code_key, fields, state)
    select $1, n + 1000000, (select max(id) from org_unit_type), 'other-' || n, 'other-' || n, '{}', 'active' from generate_series(1, $3::integer) n),
  linked as (
    insert into link (organization_id, source_system_id, sourced_id, kind, lms_id)
    select $1, $2, 'other-' || n, 'section', n + 1000000 from generate_series(1, $3::integer) n)
  insert into lms_user (organization_id, id, user_name_key, org_defined_id_key, fields, state)
  select $1, n + 2000000, 'other-' || n, 'other-' || n, '{}', 'active' from generate_series(1, $3::integer) n`;

const restricted = (id: number) => ({
  id,
  rank: 1,
  holding: { run: null, files: false },
  options: { ...presets.lis, adoptOrgUnits: true },
});

test('the ids that were given are found by index', async () => {
  const command = { ...person('', { userName: 'ann' }), allocate: true } as WriteCommand;
  await setting.organization.send('lis', command);
  const read = await readBy(
    `insert into allocation (organization_id, source_system_id, kind, fields_hash, sourced_id, expires_at)
     select $1, $2, 'person', sha256(convert_to(n::text, 'UTF8')), n::text, now() + interval '1 hour' from generate_series(1, $3) n`,
    (lane, lis) =>
      allocateIds(lane, { id: lis, rank: 1, holding: { run: null, files: false }, options: presets.lis }, [
        { command, sourceSystemId: lis, messageId: '00000000-0000-7000-8000-000000000000', answer: () => undefined },
      ]),
    'allocation',
    'allocation_read',
  );
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(few);
});

/** The rows that a statement of `work` reads in a table into which `fill` put many; all of it is undone. */
async function readBy(
  fill: string,
  work: (lane: Lane, lis: number) => Promise<unknown>,
  table: string,
  name: string,
): Promise<number> {
  const client = await setting.database.pool.connect();
  try {
    const lis = setting.organization.sources.get('lis')!.id;
    const lane = await enterLane(client, setting.organization.id, { reason: 'message' });
    await client.query(fill, [lane.organizationId, lis, many]);
    await client.query(`analyze ${table}`);
    const sent: { name: string; text: string; values: unknown[] }[] = [];
    const spied = {
      query: (statement: { name: string; text: string; values: unknown[] }) => {
        sent.push(statement);
        return client.query(statement);
      },
    };
    await work({ ...lane, client: spied as never }, lis);
    const statement = sent.find((each) => each.name === name);
    return statement === undefined ? 0 : await rowsRead(client, statement.text, statement.values, table);
  } finally {
    await client.query('rollback');
    client.release();
  }
}
