import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kysely, PostgresDialect } from 'kysely';
import type { RunItemFilter } from '../../../src/domain/administration/index.ts';
import { uuidv7 } from '../../../src/domain/ids.ts';
import { readOrganization } from '../../../src/state/admin/in-organization.ts';
import { findItems, toItemPage } from '../../../src/state/admin/run-items.ts';
import { toItemView } from '../../../src/state/admin/run-views.ts';
import type { Tables } from '../../../src/state/admin/tables.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { createOrganization } from '../access-set-up.ts';
import { rowsRead } from '../rules/rows-read.ts';
import { createRunWorld, filesOf, numbered, type RunOrganization, type RunWorld } from './set-up.ts';

/** A plan of many adds, with a few other items far behind; planned in batches of so many. */
const many = 200_000;
const batch = 5_000;
const limit = 50;

let world: RunWorld;
let organizationId: number;
let db: Kysely<Tables>;
let asked: { sql: string; parameters: readonly unknown[] }[] = [];
const runId = uuidv7();

beforeAll(async () => {
  world = await createRunWorld();
  const { pool } = world.database;
  const owner = await createOrganization(pool);
  organizationId = owner.organizationId;
  db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), log: ({ query }) => void asked.push(query) });
  await inOrganization(pool, organizationId, async (client) => {
    await client.query(
      `insert into run (organization_id, id, source_system_id, mode, options, state, requested_by, as_of, items)
       values ($1, $2, $3, 'apply', '{}', 'finished', 'test', now(), $4)`,
      [organizationId, runId, owner.sourceSystemId, many],
    );
    await client.query(
      `insert into run_item (organization_id, run_id, number, entity, kind, sourced_id, operation, command)
       select $1, $2, n, 'x', case when n <= 20000 then 'person' else 'membership' end, 'S' || n,
              case when n % 40000 = 7 then 'change' when n > $3 - 60 then 'remove' else 'add' end, '{"verb":"replace"}'
         from generate_series(1, $3::integer) n`,
      [organizationId, runId, many],
    );
    await client.query(
      `insert into run_item_span (organization_id, run_id, first, last, kind, operation)
       select distinct organization_id, run_id, (number - 1) / $1 * $1 + 1, (number - 1) / $1 * $1 + $1, kind, operation from run_item`,
      [batch],
    );
    await client.query(
      `insert into run_outcome (organization_id, run_id, number, status, problems)
       select $1, $2, n, 'waiting', '[]' from generate_series(1000, $3::integer, 1000) n`,
      [organizationId, runId, many],
    );
  });
  await pool.query('analyze');
}, 60_000);
afterAll(() => world.close());

const page = (filter: RunItemFilter, after = 0) =>
  readOrganization(db, organizationId, async (scope) =>
    toItemPage(await findItems(scope, runId, filter, after, limit), limit, toItemView),
  );

async function all(filter: RunItemFilter): Promise<number[]> {
  const seen: number[] = [];
  for (let after: string | undefined = '0'; after !== undefined;) {
    const { items, next }: Awaited<ReturnType<typeof page>> = await page(filter, Number(after));
    seen.push(...items.map(({ number }) => number));
    after = next === undefined ? undefined : (JSON.parse(Buffer.from(next, 'base64url').toString()) as string[])[0];
  }
  return seen;
}

/** Of the plan and its outcomes, for one page. */
async function rowsOfPage(filter: RunItemFilter, after: number): Promise<number> {
  asked = [];
  await page(filter, after);
  const statements = asked.filter(({ sql }) => /from \(?\s*(select|run_|unnest)|run_/.test(sql));
  let read = 0;
  for (const { sql, parameters } of statements) {
    for (const table of ['run_item', 'run_outcome'])
      read += await inOrganization(world.database.pool, organizationId, (client) =>
        rowsRead(client, sql, parameters, table),
      );
  }
  return read;
}

describe('a page of a plan looks at no more than a few batches of it', () => {
  it.each<[string, RunItemFilter, number]>([
    ['all, from the middle', {}, many / 2],
    ['what is removed, far behind', { operation: 'remove' }, 0],
    ['what changes, here and there', { operation: 'change' }, 0],
    ['what changes of a kind', { operation: 'change', kind: 'membership' }, 0],
    ['of a kind, behind the last of it', { kind: 'person' }, 20_000],
    ['of a kind that there is none of', { kind: 'group' }, 0],
    ['of a sourcedId', { sourcedId: 'S199000' }, 0],
    ['what is not simply done', { noteworthy: true }, 0],
    ['what is not simply done of what is removed', { noteworthy: true, operation: 'remove' }, 0],
  ])('%s', async (_, filter, after) => {
    expect(await rowsOfPage(filter, after)).toBeLessThan(30_000);
  });

  it('pages follow each other to the end, each item once, in their order', async () => {
    const changed = [7, 40_007, 80_007, 120_007, 160_007];
    expect(await all({ operation: 'change' })).toEqual(changed);
    expect(await all({ operation: 'change', kind: 'membership' })).toEqual(changed.slice(1));
    expect(await all({ operation: 'remove' })).toEqual(numbers(many - 59, many));
    expect(await all({ kind: 'person' })).toEqual(numbers(1, 20_000));
    expect(await all({ kind: 'group' })).toEqual([]);
    expect(await all({ sourcedId: 'S199000' })).toEqual([199_000]);
    expect(await all({ noteworthy: true })).toHaveLength(200);
    expect(await all({ noteworthy: true, operation: 'remove' })).toEqual([many]);
  });
});

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe('of a run', () => {
  let school: RunOrganization;
  const campus = { offerings: numbered('O', 3), users: numbered('P', 30) };
  const places = () =>
    school.query<{ run_id: string; kind: string; operation: string; items: string; within: string }>(
      `select s.run_id, s.kind, s.operation, count(distinct i.number)::text as items,
              (select count(*) from run_item a where a.run_id = s.run_id and a.kind = s.kind and a.operation = s.operation)::text as within
         from run_item_span s join run_item i on i.run_id = s.run_id and i.kind = s.kind and i.operation = s.operation
          and i.number between s.first and s.last
        group by s.run_id, s.kind, s.operation`,
    );

  it('it is kept where its items are, and goes with it', async () => {
    school = await world.organization();
    await school.run(filesOf({ ...campus, enrollments: campus.users.map((user) => [user, 'O1'] as const) }));
    const snapshot = filesOf({
      ...campus,
      enrollments: [
        ['P1', 'O1'],
        ['P2', 'O2'],
      ],
    });
    const { id } = await school.run(snapshot, { snapshot: { kinds: ['membership'] }, force: true });
    const kept = await places();
    expect(kept.length).toBeGreaterThan(4);
    expect(kept.every(({ items, within }) => items === within)).toBe(true);
    expect(kept).toContainEqual(expect.objectContaining({ run_id: id, kind: 'membership', operation: 'remove' }));
    const unplaced = await school.query(
      `select from run_item i where not exists (select from run_item_span s where s.run_id = i.run_id and s.kind = i.kind
         and s.operation = i.operation and i.number between s.first and s.last)`,
    );
    expect(unplaced).toHaveLength(0);
    await school.query(`delete from run where id = '${id}'`);
    expect((await places()).filter(({ run_id }) => run_id === id)).toEqual([]);
  });
});
