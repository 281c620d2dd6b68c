import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Administration } from '../../../src/domain/administration/index.ts';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { FileDialect } from '../../../src/pipeline/file-ports.ts';
import { createAdministration } from '../../../src/state/admin/create-administration.ts';
import { createRunWorld, filesOf, lines, numbered, type RunOrganization, type RunWorld } from './set-up.ts';

/* What a run says more than once of a record, as a file of attributes does, is judged as what becomes of it. */

/** What the file `commands.txt` says. */
let stated: readonly RecordCommand[] = [];
const commands = { 'commands.txt': '' };
const saying: FileDialect = {
  name: 'saying',
  recognises: ({ files }) => Promise.resolve(files.some(({ name }) => name === 'commands.txt')),
  async *read() {
    await Promise.resolve();
    const records = stated.map((command, index) => ({ place: { file: 'commands.txt', line: index + 1 }, command }));
    yield { records, problems: [], file: 'commands.txt', bytesRead: 1 };
  },
};

let world: RunWorld;
let administration: Administration & { close(): void };

beforeAll(async () => {
  world = await createRunWorld({ dialects: [saying] });
  administration = createAdministration({ pool: world.database.pool, store: world.store, sealer: world.parts.sealer });
});

afterAll(async () => {
  administration.close();
  await world.close();
});

const of = (users: readonly string[]): Record<string, string> => ({
  ...filesOf({ offerings: ['PHYS-1'], users: [...users], enrollments: users.map((user) => [user, 'PHYS-1'] as const) }),
  '09-Attributes.csv': lines('LMS Username,Department', ...users.map((id) => `u${id},Physics`)),
});
const users = numbered('P', 60);
const campus = of(users);
const inactive = {
  ...campus,
  '07-Users.csv': (campus['07-Users.csv'] ?? '').replaceAll(',,1,Student', ',,0,Student'),
};

const holdsOf = async (organization: RunOrganization, run: string): Promise<object[]> =>
  (await administration.runs.holds(organization.id, run)).map(({ guard, kind, items }) => ({ guard, kind, items }));
const count = async (organization: RunOrganization, sql: string): Promise<number> =>
  (await organization.query<{ count: number }>(`select count(*)::int as count from ${sql}`))[0]?.count ?? -1;
const activeUsers = (organization: RunOrganization) => count(organization, `lms_user where state = 'active'`);
const enrolled = (organization: RunOrganization) => count(organization, 'lms_enrollment where not ended');

test('a first load of many persons with their attributes is applied: what is said again of what is new changes nothing', async () => {
  const organization = await world.organization();
  const run = await organization.run(of(numbered('P', 600)));
  expect(run).toMatchObject({ state: 'finished', outcomes: {} });
  expect(await holdsOf(organization, run.id)).toEqual([]);
  expect(await activeUsers(organization)).toBe(600);
  expect(await enrolled(organization)).toBe(600);
});
