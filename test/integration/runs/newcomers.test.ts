import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { RunParts } from '../../../src/runs/parts.ts';
import { findViolations } from '../../../src/state/doctor/integrity.ts';
import { helperCommitsAlone, intercept, leaveAlone } from './intercept.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  enrolls,
  isEnded,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

/* New persons are applied on several connections at once (docs/adr/0063), to the same end as on one. */

const said = createSaidFile();
let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld({ dialects: [said] });
});

afterEach(leaveAlone);

afterAll(() => world.close());

type Fields = Record<string, unknown>;

function person(sourcedId: string, fields: Fields = {}): RecordCommand {
  const standard = { userName: `u-${sourcedId}`, orgDefinedId: sourcedId, familyName: sourcedId, roles };
  return {
    entity: 'user',
    kind: 'person',
    sourcedId,
    verb: 'replace',
    fields: { ...standard, ...fields },
  };
}

function gone(sourcedId: string): RecordCommand {
  return { entity: 'user', kind: 'person', sourcedId, verb: 'delete' };
}

const roles = [{ role: 'Student', primary: true }];
const newcomers = numbered('N', 160);

/** What was there before the file, and what the file says beside persons who have to do with nobody. */
interface Story {
  readonly before?: readonly (readonly [source: string, command: RecordCommand])[];
  /** null: an update that states nothing of what others may ask for. */
  readonly states?: Readonly<Record<string, Fields | null>>;
  readonly options?: object;
  /** Is the range parted, and is it done so? */
  readonly goes: 'parted' | 'on one connection' | 'parted in vain';
}

const physics: RecordCommand = {
  entity: 'org_unit',
  kind: 'group',
  sourcedId: 'PHYS',
  verb: 'replace',
  fields: { type: 'Department', code: 'PHYS', name: 'Physics' },
};

const stories: Record<string, Story> = {
  'who have to do with nobody': { goes: 'parted' },
  'of whom the file says that they have no relations': {
    states: Object.fromEntries(newcomers.map((sourcedId) => [sourcedId, { relations: [], pronouns: null }])),
    goes: 'parted',
  },
  'two of whom ask for one user name': { states: { N150: { userName: 'U-n3 ' } }, goes: 'on one connection' },
  'two of whom ask for one id': { states: { N150: { orgDefinedId: 'n3' } }, goes: 'on one connection' },
  'one of whom has relations': {
    states: { N7: { relations: [{ kind: 'parent', sourcedId: 'N140' }] } },
    goes: 'on one connection',
  },
  'one of whom somebody else waits for by a relation': {
    before: [['sis', person('A1', { relations: [{ kind: 'parent', sourcedId: 'N140' }] })]],
    goes: 'parted in vain',
  },
  'whose memberships came first': {
    before: [
      ['sis', physics],
      ['sis', enrolls('M1', 'PHYS', 'N150')],
    ],
    goes: 'parted in vain',
  },
  'the name of one of whom is taken': {
    before: [['other', person('X', { userName: 'u-N20' })]],
    goes: 'parted in vain',
  },
  'one of whom frees the name that another one asks for': {
    before: [['other', person('X', { userName: 'u-N150', orgDefinedId: 'N20' })]],
    goes: 'parted in vain',
  },
  'one of whom frees the name that one before asks for': {
    before: [['other', person('X', { userName: 'u-N3', orgDefinedId: 'N140' })]],
    goes: 'parted in vain',
  },
  'one of whom frees a name that somebody else waits for': {
    before: [
      ['other', person('X', { userName: 'u-X', orgDefinedId: 'N20' })],
      ['third', person('Y', { userName: 'u-X', orgDefinedId: 'Y' })],
    ],
    goes: 'parted in vain',
  },
  'one of whom is another one by the user name': {
    options: { identityRule: 'user_name' },
    before: [['other', person('X', { userName: 'U-N20', orgDefinedId: 'N150' })]],
    goes: 'parted',
  },
  'one of whom has a role that is not mapped': {
    states: { N9: { roles: [{ role: 'Ghost', primary: true }] } },
    goes: 'parted in vain',
  },
  'one of whom comes back': {
    before: [
      ['sis', person('N44')],
      ['sis', gone('N44')],
    ],
    goes: 'on one connection',
  },
  'one of whom comes back with the name that another one asks for': {
    options: { userDelete: 'delete' },
    before: [
      ['sis', person('N4', { userName: 'same' })],
      ['sis', gone('N4')],
    ],
    states: { N4: null, N150: { userName: 'same' } },
    goes: 'on one connection',
  },
  'one of whom comes back with the id that another one asks for': {
    options: { userDelete: 'delete' },
    before: [
      ['sis', person('N4', { orgDefinedId: 'same' })],
      ['sis', gone('N4')],
    ],
    states: { N4: null, N150: { orgDefinedId: 'same' } },
    goes: 'on one connection',
  },
};

test.each(Object.entries(stories))(
  'persons %s',
  async (_, story) => {
    const [several, one] = [await told(story, world.parts), await told(story, withoutHelpers(world.parts))];
    expect(several.state).toEqual(one.state);
    expect(several.violations).toEqual([]);
    expect(several.goes).toBe(story.goes);
  },
  60_000,
);

test('what only a helper has committed of them can be taken back', async () => {
  const organization = await world.organization();
  said.stated = newcomers.map((sourcedId) => person(sourcedId));
  const id = await organization.request(commandsFile);
  await helperCommitsAlone(world, organization);
  const committed = await organization.query('select from declared_user');
  expect(committed).toHaveLength(54);

  const editor = { organizationId: organization.id, actor: 'operator' };
  await world.administration.runs.cancel(editor, id);
  const back = await world.administration.runs.rollback(editor, id, { mode: 'apply', force: true });
  await workUntil(world.parts, async () => isEnded(await organization.get(back.id)));
  expect(await organization.query('select from declared_user where not deleted')).toEqual([]);
  expect(await findViolations(world.database.pool, organization.id)).toEqual([]);
}, 60_000);

const withoutHelpers = ({ helpers: _, ...parts }: RunParts): RunParts => parts;

async function told({ before = [], states = {}, options = {} }: Story, parts: RunParts) {
  const organization = await world.organization({ identityRule: 'org_defined_id', ...options }, [
    'sis',
    'other',
    'third',
  ]);
  for (const [source, command] of before) await organization.send(source, command);
  said.stated = newcomers.map((sourcedId) => {
    const fields = states[sourcedId];
    if (fields !== null) return person(sourcedId, fields);
    return { entity: 'user', kind: 'person', sourcedId, verb: 'update', fields: { givenName: 'Back' } };
  });
  const id = await organization.request(commandsFile);
  const asked: boolean[] = [];
  let commits = 0;
  intercept((_client, { name, text }, send) => {
    if (text.includes('insert into lane_ahead')) commits += 1;
    if (name !== 'run_persons_apart') return send();
    return (send() as Promise<pg.QueryResult<{ apart: boolean }>>).then((result) => {
      asked.push(result.rows[0]?.apart === true);
      return result;
    });
  });
  await workUntil(parts, async () => isEnded(await organization.get(id)));
  const goes: Story['goes'] = commits > 0 ? 'parted' : asked.includes(true) ? 'parted in vain' : 'on one connection';
  return {
    goes,
    state: await stateOf(organization),
    violations: await findViolations(world.database.pool, organization.id),
  };
}

async function stateOf(organization: RunOrganization): Promise<object> {
  const [declared, users, enrollments, outcomes, numbers] = await Promise.all(
    [
      `select s.code, d.sourced_id, d.live, d.deleted, d.wait_code, d.wait_on from declared_user d join source_system s on s.id = d.source_system_id order by 1, 2`,
      `select u.fields, u.state, (select count(*) from link l where l.lms_id = u.id) as links from lms_user u order by u.fields::text`,
      `select u.fields->>'userName' as name, e.ended from lms_enrollment e join lms_user u on u.id = e.user_id order by 1`,
      `select number, status, problems from run_outcome order by 1`,
      `select count(*) as changes, max(seq) - count(*) as gaps, count(*) - count(distinct seq) as twice from change`,
    ].map((sql) => organization.query(sql)),
  );
  return { declared, users, enrollments, outcomes, numbers };
}
