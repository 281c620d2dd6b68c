import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kysely, PostgresDialect } from 'kysely';
import type { ChangeFilter, WaitingFilter } from '../../src/domain/administration/index.ts';
import { readChanges } from '../../src/state/admin/changes.ts';
import { readOrganization } from '../../src/state/admin/in-organization.ts';
import type { Tables } from '../../src/state/admin/tables.ts';
import { createWaiting } from '../../src/state/admin/waiting.ts';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createOrganization } from './access-set-up.ts';

const many = 20_000;
const limit = 50;

let database: TestDatabase;
let organizationId: number;
let db: Kysely<Tables>;
let asked: { sql: string; parameters: readonly unknown[] }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  const owner = await createOrganization(pool);
  organizationId = owner.organizationId;
  db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), log: ({ query }) => void asked.push(query) });
  await fill(owner.sourceSystemId);
  await pool.query('analyze');
});
afterAll(() => database.drop());

describe('of what waits', () => {
  it.each<[string, WaitingFilter]>([
    ['all', {}],
    ['of an entity', { entity: 'relation' }],
    ['of a code', { code: 'waiting_for_user' }],
    ['of a sourcedId', { sourcedId: 'P00000009' }],
  ])('a page reads no more than stands on it: %s', async (_, filter) => {
    expect(await mostRows(() => waiting(filter))).toBeLessThan(12 * limit);
  });

  it('pages follow each other to the end, each row once, in their order', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await waiting({}, after, 997);
      seen.push(...page.items.map(({ entity, code, sourcedId }) => `${entity} ${code} ${sourcedId}`));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toHaveLength(3 * many + 2);
    expect(seen).toEqual([...new Set(seen)].sort());
  });
});

describe('of the changes of a sourcedId', () => {
  it.each<[string, string, ChangeFilter]>([
    ['that changed often', '0', { sourcedId: 'BUSY' }],
    ['that changed often, of an entity', '0', { sourcedId: 'BUSY', entity: 'user' }],
    ['whom many relations name, from the middle', String(2.5 * many), { sourcedId: 'AGENT' }],
    ['whom many relations name, to the end', String(3 * many), { sourcedId: 'AGENT' }],
  ])('a page reads no more than stands on it: one %s', async (_, after, filter) => {
    expect(await mostRows(() => changes(filter, after))).toBeLessThan(12 * limit);
  });

  it('pages follow each other to the end', async () => {
    for (const [filter, count] of [
      [{ sourcedId: 'BUSY' }, many],
      [{ sourcedId: 'BUSY', entity: 'user' }, many / 2],
      [{ lmsId: '1', sourceSystem: 'sis', entity: 'user' }, many / 2],
      [{ sourcedId: 'AGENT' }, many],
      [{ sourcedId: 'AGENT', lmsId: '40000001' }, 1],
    ] as const) {
      const seen = new Set<string>();
      let after = '0';
      for (let found = -1; found !== 0;) {
        const { items, next } = await changes(filter, after, 1_000);
        items.forEach(({ cursor }) => seen.add(cursor));
        found = items.length;
        after = next.split('.')[1] ?? '';
      }
      expect({ filter, count: seen.size }).toEqual({ filter, count });
    }
  });
});

function waiting(filter: WaitingFilter, after?: string, size = limit) {
  return createWaiting(db).listWaiting(organizationId, filter, {
    limit: size,
    ...(after === undefined ? {} : { after }),
  });
}

function changes(filter: ChangeFilter, after: string, size = limit) {
  return readOrganization(db, organizationId, (scope) => readChanges(scope, filter, `first.${after}`, size));
}

interface Plan {
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** The most rows that a step of a statement read, of all statements of a page. */
async function mostRows(page: () => Promise<{ items: readonly unknown[] }>): Promise<number> {
  asked = [];
  expect((await page()).items).toBeDefined();
  const statements = asked.filter(({ sql }) => /^\s*select/.test(sql) && !sql.includes('set_config'));
  expect(statements.length).toBeGreaterThan(1);
  return inOrganization(database.pool, organizationId, async (client) => {
    let most = 0;
    for (const { sql, parameters } of statements) {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (analyze, format json) ${sql}`, [
        ...parameters,
      ]);
      most = Math.max(most, ...rowsOf(rows[0]!['QUERY PLAN'][0].Plan));
    }
    return most;
  });
}

function rowsOf({ 'Actual Rows': read, 'Rows Removed by Filter': removed = 0, Plans: below = [] }: Plan): number[] {
  return [read + removed, ...below.flatMap(rowsOf)];
}

/** As many persons, enrollments and relations that wait; a person who changed as often, and one whom as many relations name. */
async function fill(sourceSystemId: number): Promise<void> {
  const both = `${organizationId}, ${sourceSystemId}`;
  const person = `'P' || lpad(n::text, 8, '0')`;
  const each = `generate_series(1, ${many}) n`;
  const statements = [
    `insert into declared_user (organization_id, source_system_id, sourced_id, fields, message_id, live, wait_code, wait_on)
     select ${both}, ${person}, '{}', gen_random_uuid(), true, 'identity_conflict', 'x' from ${each}`,
    `insert into declared_org_unit (organization_id, source_system_id, sourced_id, kind, fields, message_id, wait_code, wait_on)
     select ${both}, 'O', kind, '{}', gen_random_uuid(), 'unmapped_type', 'x' from unnest(array['section', 'association']) kind`,
    `insert into declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_sourced_id, roles, message_id, wait_code, wait_on)
     select ${both}, 'M' || lpad(n::text, 8, '0'), ${person}, 'S', '[]', gen_random_uuid(), case n % 2 when 0 then 'waiting_for_user' else 'unmapped_role' end, 'x' from ${each}`,
    `insert into declared_relation (organization_id, source_system_id, sourced_id, kind, agent_sourced_id, wait_code)
     select ${both}, ${person}, 'parent', 'A' || n, 'waiting_for_agent' from ${each}`,
    `insert into link (organization_id, source_system_id, sourced_id, kind, lms_id) values (${both}, 'BUSY', 'person', 1), (${both}, 'AGENT', 'person', 2)`,
    `insert into lms_relation (organization_id, user_id, agent_id, kind, id) select ${organizationId}, 10000000 + n, 2, 'auditor', 40000000 + n from ${each}`,
    `insert into change (organization_id, id, seq, entity, lms_id, operation, after, cause)
     select ${organizationId}, ('019b0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n,
            case when n > 2 * ${many} then 'relation' when n % 2 = 0 then 'user' else 'enrollment' end,
            case when n > 2 * ${many} then 40000000 + n - 2 * ${many} when n > ${many} then 1 else 50000000 + n end, 'updated', '{"userId": 1}', '{"reason": "message"}'
       from generate_series(1, 3 * ${many}) n`,
    `update lane set change_seq = 3 * ${many}, epoch = 'first'`,
  ];
  await inOrganization(database.pool, organizationId, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}
