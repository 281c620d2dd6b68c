import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { RunWindows } from '../../../src/domain/run-windows.ts';
import { helperCommitsAlone, intercept, leaveAlone } from './intercept.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  enrolls,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

/* A window for adds alone begins while memberships are applied on several connections (docs/adr/0063). */

const said = createSaidFile();
const before = new Date('2036-12-10T10:00:00Z');
const during = new Date('2036-12-12T10:00:00Z');
let now: Date;
let world: RunWorld;
const users = numbered('P', 150);
const exams = { name: 'Exam weeks', from: '2036-12-10T18:00', until: '2036-12-19T06:00' };
const windows: RunWindows = { timeZone: 'Europe/Paris', addsOnly: [exams] };

beforeAll(async () => {
  world = await createRunWorld({ dialects: [said], now: () => now });
});

beforeEach(() => {
  now = before;
});

afterEach(leaveAlone);

afterAll(() => world.close());

test('it holds memberships that were looked for before it began', async () => {
  const { organization, id } = await saying(numbered('O', 8), [states('b')]);
  let looks = 0;
  const ahead = Promise.withResolvers<true>();
  intercept((_client, { name }, send) => {
    // The second look goes ahead of what is applied.
    if (name === 'run_memberships_next' && (looks += 1) === 2)
      return (send() as Promise<unknown>).finally(() => {
        ahead.resolve(true);
      });
    if (name !== 'run_applied' || now === during) return send();
    return (async () => {
      await ahead.promise;
      now = during;
      return send();
    })();
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  expect(await heldOf(organization, id)).toEqual({ held: 700, applied: 0 });
}, 60_000);

test.each<[string, Says]>([
  ['changes them', states('b')],
  ['states them anew', (sourcedId, unit, user) => enrolls(sourcedId, unit, user)],
  ['moves them', (sourcedId, _, user) => enrolls(sourcedId, 'O2', user)],
  ['deletes them', (sourcedId) => ({ ...key(sourcedId), verb: 'delete' })],
])(
  'of a file that %s, it holds nothing that a helper has committed alone',
  async (_, says) => {
    const { organization, id } = await saying(['O1'], [says]);
    await helperCommitsAlone(world, organization);
    now = during;
    await workUntil(world.parts, async () => isEnded(await organization.get(id)));
    expect(await heldOf(organization, id)).toEqual({ held: 100, applied: 0 });
    expect(await organization.query(`select from declared_enrollment where message_id = '${id}'`)).toHaveLength(50);
  },
  60_000,
);

test('it holds what the plan says again of what a helper has committed alone', async () => {
  const { organization, id } = await saying(['O1'], [states('b'), states('c')]);
  await helperCommitsAlone(world, organization);
  now = during;
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  // The second item of each is, and the first one of those that were not committed.
  expect(await heldOf(organization, id)).toMatchObject({ held: 250 });
  const [of] = await organization.query(
    `select (count(*) filter (where attributes = '{"a":"b"}'))::integer as b, (count(*) filter (where attributes = '{"a":"c"}'))::integer as c from declared_enrollment`,
  );
  expect(of).toEqual({ b: 50, c: 0 });
}, 60_000);

type Says = (sourcedId: string, unit: string, user: string) => RecordCommand;

const key = (sourcedId: string) => ({ entity: 'enrollment', kind: 'membership', sourcedId }) as const;

function states(a: string): (sourcedId: string) => RecordCommand {
  return (sourcedId) => ({ ...key(sourcedId), verb: 'update', fields: { attributes: { a } } });
}

/** A run of a file that says something of all users in all org units, one thing after the other. */
async function saying(
  units: readonly string[],
  says: readonly Says[],
): Promise<{ organization: RunOrganization; id: string }> {
  const all = { percent: 100 };
  const guards = { changes: all, identifiers: all, removals: all, removalsInScope: all };
  const organization = await world.organization({ windows, guards });
  await organization.run(filesOf({ offerings: [...units, 'O2'], users, enrollments: [] }));
  const ofAll = (say: Says): RecordCommand[] =>
    units.flatMap((unit) => users.map((user) => say(`M-${unit}-${user}`, unit, user)));
  said.stated = [...ofAll(enrolls), ...ofAll(states('a'))];
  await organization.run(commandsFile);
  said.stated = says.flatMap(ofAll);
  return { organization, id: await organization.request(commandsFile) };
}

/** How many memberships are held, and how many of those are applied all the same. */
async function heldOf(organization: RunOrganization, id: string): Promise<{ held: number; applied: number }> {
  const [row] = await organization.query<{ held: number; applied: number }>(
    `select count(*)::integer as held, (count(*) filter (where d.message_id = i.run_id))::integer as applied
       from run_item i join declared_enrollment d on d.sourced_id = i.sourced_id where i.run_id = '${id}' and i.hold is not null`,
  );
  return row!;
}
