import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { enterLane, type Lane } from '../../../src/state/lane.ts';
import { settleEnrollments } from '../../../src/state/projection/enrollments.ts';
import { course, inUnit, membership, person, remove, under } from '../../oracle/commands.ts';
import { analyzeNothing, rowsRead } from './rows-read.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();
const many = 3_000;
/** The pair's own rows, and some of the sections under its offering. */
const few = 120;

let [user, offering, section] = ['', '', ''];

// What is analyzed with one row in it is planned for one row, and any index serves.
beforeAll(() => analyzeNothing(setting.database.pool, ['lms_org_unit_parent', 'declared_enrollment']));

beforeEach(async () => {
  const enrolled = membership('M1', 'P1', inUnit('section', 'S1'));
  await setting.organization.send('lis', person('P1'), ...courseWithSections('S1'), enrolled);
  const id = async (row: string) => (await setting.lmsId(row))!;
  [user, offering, section] = [await id('lis/person/P1'), await id('lis/offering/O1'), await id('lis/section/S1')];
});

afterEach(() => {
  jest.restoreAllMocks();
});

const made = 1_000_000;

async function putSections(lane: Lane, count: number): Promise<void> {
  await lane.client.query(
    `insert into lms_org_unit_parent (organization_id, org_unit_id, parent_id, position, cascades)
     select $1, $2::bigint + n, $3, 1, true from generate_series(1, $4::integer) n`,
    [lane.organizationId, made, offering, count],
  );
}

/** In sections of other offerings. */
async function putMemberships(lane: Lane, count: number): Promise<void> {
  await lane.client.query(
    `insert into declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_sourced_id, roles, message_id,
                                      user_id, org_unit_id)
     select $1, $2, 'other-' || n, 'P1', 'other-' || n, '[{"role": "Learner", "active": true}]', gen_random_uuid(), $3, $4::bigint + n
       from generate_series(1, $5::integer) n`,
    [lane.organizationId, setting.organization.sources.get('lis')!.id, user, 2 * made, count],
  );
}

interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** What settles the user in the offering and in the section. */
async function settling(lane: Lane): Promise<Statement[]> {
  const sent: Statement[] = [];
  const query = (statement: Statement) => {
    sent.push(statement);
    return lane.client.query(statement);
  };
  const pairs = [offering, section].map((orgUnitId) => ({ userId: user, orgUnitId }));
  const spied = { ...lane, client: { query } as never };
  await settleEnrollments(spied, [], { sourceSystemId: 0, rows: [] }, { lost: [], pairs });
  return sent;
}

/** What settling them reads of sections and of declared rows, by plans that are made before or after `fill`; all is undone. */
async function readBy(fill: (lane: Lane) => Promise<void>, planned: 'early' | 'late'): Promise<number> {
  const client = await setting.database.pool.connect();
  const again = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    await client.query('savepoint again');
    const result = await work();
    await client.query('rollback to savepoint again');
    return result;
  };
  try {
    const lane = await enterLane(client, setting.organization.id, { reason: 'message' });
    const filled = async () => {
      await fill(lane);
      if (planned === 'late') await client.query('analyze lms_org_unit_parent, declared_enrollment');
    };
    const statements = await again(async () => {
      await filled();
      return settling(lane);
    });
    let read = 0;
    for (const { text, values } of statements) {
      for (const table of ['lms_org_unit_parent', 'declared_enrollment']) {
        read += await again(async () => {
          if (planned === 'late') await filled();
          return rowsRead(client, text, values, table, planned === 'early' ? filled : undefined);
        });
      }
    }
    return read;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

describe.each(['early', 'late'] as const)('settling a pair reads the fewer, by a plan that is made %s', (planned) => {
  test.each([
    ['an offering with one section', 0, 0, 15],
    ['an offering with thousands of sections', many, 0, few],
    ['a user with thousands of memberships', 0, many, 15],
    ['a user with some memberships, an offering with thousands of sections', many, 50, 4 * few],
    ['a user with thousands of memberships, an offering with some sections', 50, many, 1_001 + 2 * few],
  ])('%s', async (_, sections, memberships, most) => {
    const read = await readBy(async (lane) => {
      await putSections(lane, sections);
      await putMemberships(lane, memberships);
    }, planned);
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(most);
  });
});

test('IPSIS 2.6: enrollments in many sections of one offering reach it as those in a few do', async () => {
  const { organization } = setting;
  const numbers = Array.from({ length: 40 }, (_, index) => index + 2);
  const inOffering = async () => (await setting.look()).enrollments['lis/person/P1 @ lis/offering/O1'];
  await organization.send('lis', ...courseWithSections(...numbers.map((number) => `S${number}`)));
  const teaches = membership('M2', 'P1', inUnit('section', 'S40'), 'Instructor');
  const inactive = membership('M2', 'P1', inUnit('section', 'S40'), { role: 'Instructor', active: false });
  await organization.send('lis', teaches);
  expect(await inOffering()).toMatchObject({ role: 'teacher' });
  await organization.send('lis', remove(teaches));
  expect(await inOffering()).toMatchObject({ role: 'teacher' });
  await organization.send('lis', inactive);
  expect(await inOffering()).toMatchObject({ role: 'student' });

  // In more of them than there are others.
  await organization.send('lis', ...numbers.map((n) => membership(`N${n}`, 'P1', inUnit('section', `S${n}`))));
  await organization.send('lis', remove(membership('M1', 'P1', inUnit('section', 'S1'))));
  expect(await inOffering()).toMatchObject({ role: 'student' });
  await organization.send('lis', ...numbers.map((n) => remove(membership(`N${n}`, 'P1', inUnit('section', `S${n}`)))));
  expect(await inOffering()).toEqual({ ended: true });
});

test('a section that comes with nobody in it has nothing settled', async () => {
  const sent = jest.spyOn(pg.Client.prototype, 'query');
  await setting.organization.send('lis', course('section', 'S2', { parents: [under('offering', 'offering', 'O1')] }));
  const names = sent.mock.calls.map(([query]) => (query as { name?: string } | null)?.name ?? '');
  expect(names.filter((name) => name.startsWith('project_enrollment_settle'))).toEqual([]);
});

test('memberships in an offering with many sections are answered as those in one with a few', async () => {
  const answers = async (sections: number) => {
    const organization = await setting.found({});
    const ids = Array.from({ length: sections }, (_, index) => `S${index}`);
    await organization.send('lis', person('P1'), ...courseWithSections(...ids));
    const inOffering = (...roles: Parameters<typeof membership>[3][]) =>
      membership('M1', 'P1', inUnit('offering', 'O1'), ...roles);
    const told = [];
    for (const command of [
      inOffering(),
      inOffering({ active: false }),
      inOffering({ active: false, subRole: 'TA' }),
      remove(inOffering()),
      inOffering({ role: 'Unmapped' }),
      inOffering({ active: false }),
      inOffering({ active: false }, { role: 'Unmapped' }),
    ]) {
      const [outcome] = await organization.send('lis', command);
      told.push([outcome?.status, outcome?.lmsId !== undefined, outcome?.problems.map(({ code }) => code)]);
    }
    return told;
  };
  expect(await answers(40)).toEqual(await answers(1));
});
