import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Handler } from '../../../src/pipeline/ports.ts';
import type { FileDialect } from '../../../src/pipeline/file-ports.ts';
import { createRunWorld, filesOf, isEnded, manifest, numbered, type RunWorld, workUntil } from './set-up.ts';

/** Falls over one person, as a plug-in with a mistake in it would. */
const fallsOver: Handler = {
  name: 'falls-over',
  handle(batch) {
    if (batch.some(({ command }) => command.sourcedId === 'P7')) throw new TypeError('undefined is not a function');
  },
};

/** States what Postgres cannot hold: no dialect of ours does, since bytes are read as UTF-8. */
const broken: FileDialect = {
  name: 'broken',
  recognises: ({ files }) => Promise.resolve(files.some(({ name }) => name === 'broken.txt')),
  async *read() {
    await Promise.resolve();
    const records = numbered('P', 9).map((sourcedId, index) => ({
      place: { file: 'broken.txt', line: index + 1 },
      command: {
        entity: 'user' as const,
        kind: 'person' as const,
        sourcedId,
        verb: 'replace' as const,
        fields: { userName: index === 4 ? 'a\u0000b' : `u${sourcedId}`, familyName: 'X' },
      },
    }));
    yield { records, problems: [], file: 'broken.txt', bytesRead: 1 };
  },
};

let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld({ handlers: [fallsOver], dialects: [broken] });
});

afterAll(() => world.close());

const users = numbered('P', 20);
const campus = { offerings: ['PHYS-1'], users, enrollments: users.map((user) => [user, 'PHYS-1'] as const) };

test('a record over which a handler falls is told with its line, and harms itself only', async () => {
  const organization = await world.organization();
  const run = await organization.run(filesOf(campus));
  expect(run).toMatchObject({
    state: 'finished',
    problems: { error: 1 },
    counters: { person: { add: 19, refused: 1 } },
  });
  expect(
    await organization.query(`select code, file, line, sourced_id from run_problem where severity = 'error'`),
  ).toEqual([{ code: 'internal_error', file: '07-Users.csv', line: 8, sourced_id: 'P7' }]);
});

test('a record that the database refuses is told with its line, and harms itself only', async () => {
  const organization = await world.organization();
  const run = await organization.run({ 'broken.txt': 'x' });
  expect(run).toMatchObject({ state: 'finished', counters: { person: { add: 7, refused: 2 } } });
  expect(await organization.query(`select code, line from run_problem where code = 'invalid_data'`)).toEqual([
    { code: 'invalid_data', line: 5 },
  ]);
});

test('an item that cannot be applied is passed over, and the others are applied', async () => {
  const organization = await world.organization();
  const run = await organization.run(filesOf(campus), { mode: 'plan' });
  // A command that nobody could have planned.
  await organization.query(
    `update run_item set command = '{"verb": "replace", "fields": null}' where sourced_id = 'P3' and kind = 'person' returning number`,
  );
  await organization.query(
    `update run set mode = 'apply', state = 'planned', finished_at = null where id = '${run.id}' returning id`,
  );
  await workUntil(world.parts, async () => isEnded(await organization.get(run.id)));
  expect(await organization.get(run.id)).toMatchObject({
    state: 'finished',
    applied_to: run.items,
    outcomes: { failed: 1, waiting: 2 },
  });
  expect(await organization.query('select count(*)::int as users from lms_user')).toEqual([{ users: 18 }]);
});

test('runs of one source system go one after the other, those of others beside them', async () => {
  const organization = await world.organization({}, ['sis', 'hr']);
  const ids: string[] = [];
  for (const source of ['sis', 'hr', 'sis'])
    ids.push(await organization.request({ ...manifest, ...filesOf(campus) }, { source }));
  await workUntil(world.parts, async () => {
    const states = await Promise.all(ids.map(async (id) => isEnded(await organization.get(id))));
    return states.every(Boolean);
  });
  const rows = await organization.query<{ started_at: Date; finished_at: Date }>(
    'select started_at, finished_at from run order by id',
  );
  const [first, second, third] = rows;
  expect(third!.started_at.getTime()).toBeGreaterThanOrEqual(first!.finished_at.getTime());
  expect(second!.started_at.getTime()).toBeLessThan(first!.finished_at.getTime());
});
