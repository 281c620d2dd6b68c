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
  recognises: ({ files }) => Promise.resolve(files.some(({ name }) => name in persons)),
  async *read({ files }) {
    await Promise.resolve();
    const file = files[0]?.name ?? '';
    const records = (persons[file] ?? []).map(({ sourcedId, userName }, index) => ({
      place: { file, line: index + 1 },
      command: {
        entity: 'user' as const,
        kind: 'person' as const,
        sourcedId,
        verb: 'replace' as const,
        fields: { userName, familyName: 'X' },
      },
    }));
    yield { records, problems: [], file, bytesRead: 1 };
  },
};

const sound = numbered('Q', 5_000).map((sourcedId) => ({ sourcedId, userName: `u${sourcedId}` }));
const unsound = (place: number): { sourcedId: string; userName: string } => ({
  sourcedId: sound[place]?.sourcedId ?? '',
  userName: 'a\u0000b',
});

const persons: Record<string, readonly { readonly sourcedId: string; readonly userName: string }[]> = {
  'broken.txt': numbered('P', 9).map((sourcedId, place) => ({
    sourcedId,
    userName: place === 4 ? 'a\u0000b' : `u${sourcedId}`,
  })),
  // 2,000 records are a batch: the last and the first of two are refused, and batches repeat what stands in the one before them.
  'borders.txt': [
    ...sound.slice(0, 1_999),
    unsound(1_999),
    unsound(2_000),
    ...sound.slice(1_990, 3_000),
    ...sound.slice(2_500, 4_000),
    unsound(4_000),
    ...sound.slice(3_990),
  ],
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

test('records that are refused where batches meet leave those before and behind them as they are', async () => {
  const organization = await world.organization();
  const run = await organization.run({ 'borders.txt': 'x' });
  // Those that were said in vain were said again.
  expect(run).toMatchObject({ state: 'finished', counters: { person: { records: 5_522, refused: 3, add: 5_000 } } });
  expect(
    await organization.query('select count(*)::integer, max(number)::integer, min(number)::integer from run_item'),
  ).toEqual([{ count: 5_519, max: 5_519, min: 1 }]);
  expect(
    await organization.query(
      `select code, count(*)::integer, count(distinct sourced_id)::integer as persons, min(line) as first from run_problem group by code order by code`,
    ),
  ).toEqual([
    { code: 'invalid_data', count: 3, persons: 3, first: 2_000 },
    { code: 'stated_twice', count: 519, persons: 519, first: 2_002 },
  ]);
  expect(await organization.query('select count(*)::integer from lms_user where user_name_key is not null')).toEqual([
    { count: 5_000 },
  ]);
}, 60_000);

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
