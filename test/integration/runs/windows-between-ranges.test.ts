import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { RunWindows } from '../../../src/domain/run-windows.ts';
import { intercept, leaveAlone } from './intercept.ts';
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

test('memberships that were looked for before it began are held', async () => {
  const { organization, id } = await changing(numbered('O', 8));
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

/** A run that changes the attributes of all users in all org units. */
async function changing(units: readonly string[]): Promise<{ organization: RunOrganization; id: string }> {
  const organization = await world.organization({ windows, guards: { changes: { percent: 100 } } });
  await organization.run(filesOf({ offerings: units, users, enrollments: [] }));
  said.stated = units.flatMap((unit) => users.map((user) => enrolls(`M-${unit}-${user}`, unit, user)));
  await organization.run(commandsFile);
  const fields = { attributes: { a: 'b' } };
  said.stated = said.stated.map(({ sourcedId }): RecordCommand => ({
    entity: 'enrollment',
    kind: 'membership',
    sourcedId,
    verb: 'update',
    fields,
  }));
  return { organization, id: await organization.request(commandsFile) };
}

/** How many memberships are held, and how many of those are applied all the same. */
async function heldOf(organization: RunOrganization, id: string): Promise<{ held: number; applied: number }> {
  const [row] = await organization.query<{ held: number; applied: number }>(
    `select count(*)::integer as held, (count(*) filter (where d.attributes is not null))::integer as applied
       from run_item i join declared_enrollment d on d.sourced_id = i.sourced_id where i.run_id = '${id}' and i.hold is not null`,
  );
  return row!;
}
