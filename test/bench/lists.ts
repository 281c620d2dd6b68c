import { parseArgs } from 'node:util';
import type pg from 'pg';
import type { ListCommand, ListFilter } from '../../src/domain/command.ts';
import type { SourceSystem } from '../../src/domain/source-system.ts';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { listSql } from '../../src/state/list/list-sql.ts';
import { startTestServer } from '../../src/testing/test-server.ts';
import { withDatabase } from '../../src/testing/with-database.ts';
import { person } from '../oracle/commands.ts';
import { createOrganization, createStore, submission, write } from '../oracle/harness.ts';
import { oracleWorld } from '../oracle/world.ts';

/*
 * How long lists take on a filled store, and how long a message waits meanwhile: npm run bench:lists -- [--memberships n]
 * [--explain]. The rows are put in by SQL; statistics are as autovacuum leaves them, or missing.
 */

const { values: flags } = parseArgs({
  options: { memberships: { type: 'string', default: '300000' }, explain: { type: 'boolean', default: false } },
});
const memberships = Number(flags.memberships);
const early = '2026-03-01T00:00:00.000Z';
const late = '2026-03-02T00:00:00.000Z';
const people = Math.ceil(memberships / 10);

const server = await startTestServer();
process.env.PASSERELLE_TEST_SERVER = JSON.stringify(server.address);
try {
  await withDatabase(({ pool }) => run(pool));
} finally {
  await server.stop();
}

async function run(pool: pg.Pool): Promise<void> {
  const store = createStore(pool);
  const organization = await createOrganization(pool, store, oracleWorld({ banner: {}, lis: {} }));
  const sis = organization.sources.get('lis')!;
  await inOrganization(pool, organization.id, (client) => fill(client, sis));
  const list = (kind: 'person' | 'membership', filter: ListFilter, slice?: ListCommand['slice']) =>
    ({
      entity: kind === 'person' ? 'user' : 'enrollment',
      kind,
      verb: 'list',
      sourcedId: '',
      filter,
      ...(slice && { slice }),
    }) as ListCommand;
  const first = { after: '', size: 1_000 };
  const middle = { after: `M${String(Math.floor(memberships / 2)).padStart(8, '0')}`, size: 1_000 };
  const lists: [string, ListCommand][] = [
    ['memberships of a role (four of five), whole', list('membership', { role: 'Learner' })],
    ['  the first 1,000', list('membership', { role: 'Learner' }, first)],
    ['  1,000 from the middle', list('membership', { role: 'Learner' }, middle)],
    ['memberships of a role (one of five), 1,000', list('membership', { role: 'Instructor' }, first)],
    ['memberships of a role that nobody has', list('membership', { role: 'Nobody' }, first)],
    ['memberships since a save point: a thousand changed in the LMS', list('membership', { changedSince: late })],
    ['persons since a save point: a hundred changed', list('person', { changedSince: late })],
    ['memberships since a save point: all changed, 1,000', list('membership', { changedSince: early }, first)],
    ['memberships of a person', list('membership', { userSourcedId: personId(7) })],
  ];
  for (const statistics of ['missing', 'there']) {
    if (statistics === 'there') await pool.query('analyze');
    print(`${memberships.toLocaleString('en')} memberships; planner statistics ${statistics}`);
    for (const [name, command] of lists) print(`  ${name.padEnd(64)} ${await timed(() => ask(command))}`);
  }
  async function ask(command: ListCommand): Promise<number> {
    const { outcomes } = await store.write({ ...submission(sis, []), commands: [command] }, sis);
    return outcomes[0]?.found?.sourcedIds.length ?? -1;
  }
  await waits(store, sis, () => ask(list('membership', { role: 'Learner' })));
  if (flags.explain) for (const [name, command] of lists) await explain(pool, sis, name, command);
  await store.close();
}

/** What a message waits for while lists are read one after the other, and without. */
async function waits(
  store: ReturnType<typeof createStore>,
  sis: SourceSystem,
  list: () => Promise<number>,
): Promise<void> {
  for (const reading of [false, true]) {
    let going = reading;
    const lists = (async () => {
      while (going) await list();
    })();
    const took: number[] = [];
    const until = performance.now() + 8_000;
    for (let n = 0; performance.now() < until; n += 1) {
      const start = performance.now();
      await write(store, sis, [person(personId(n % 50), { givenName: String(n) })]);
      took.push(performance.now() - start);
    }
    going = false;
    await lists;
    took.sort((a, b) => a - b);
    const at = (part: number) => (took[Math.floor(took.length * part)] ?? 0).toFixed(1);
    print(
      `one sender ${reading ? 'while a list is read' : 'alone'}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(0.9999)} ms`,
    );
  }
}

async function timed(work: () => Promise<number>): Promise<string> {
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < 3; round += 1) {
    const start = performance.now();
    found = await work();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return `${(times[1] ?? 0).toFixed(0).padStart(6)} ms  ${found.toLocaleString('en').padStart(8)} found`;
}

async function explain(pool: pg.Pool, sis: SourceSystem, name: string, command: ListCommand): Promise<void> {
  const since = {
    sort: 'kept',
    at: late,
    firstSeq: String(memberships - 1_000),
    firstId: changeId(late),
    changes: 1_000,
  } as const;
  const { text, values } = listSql(command, command.filter.changedSince === undefined ? undefined : since);
  await inOrganization(pool, sis.organizationId, async (client) => {
    await client.query(`set local enable_seqscan = off; set local enable_mergejoin = off; set local jit = off`);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers off) ${text}`, [
      sis.organizationId,
      sis.id,
      ...values,
    ]);
    print(`\n${name}\n${rows.map((row) => row['QUERY PLAN']).join('\n')}`);
  });
}

function personId(n: number): string {
  return `P${String(n).padStart(8, '0')}`;
}

function changeId(at: string): string {
  const hex = Date.parse(at).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** People, a section for every hundred of them, and memberships, all placed and linked; the last thousand changed late. */
async function fill(client: pg.ClientBase, { organizationId, id }: SourceSystem): Promise<void> {
  const both = `${String(organizationId)}, ${String(id)}`;
  const sections = Math.ceil(people / 100);
  const declared = `gen_random_uuid(), '2026-02-01'`;
  const statements = [
    `insert into declared_user (organization_id, source_system_id, sourced_id, fields, message_id, declared_at, live)
     select ${both}, 'P' || lpad(n::text, 8, '0'), jsonb_build_object('givenName', 'Ann', 'familyName', 'Ruiz'), ${declared}, true from generate_series(0, ${String(people - 1)}) n`,
    `insert into declared_org_unit (organization_id, source_system_id, sourced_id, kind, fields, message_id, declared_at, live)
     select ${both}, 'S' || n, 'section', '{"type": "CourseSection", "name": "A section"}', ${declared}, true from generate_series(0, ${String(sections - 1)}) n`,
    `insert into link (organization_id, source_system_id, sourced_id, kind, lms_id)
     select ${both}, 'P' || lpad(n::text, 8, '0'), 'person', 10000000 + n from generate_series(0, ${String(people - 1)}) n
     union all select ${both}, 'S' || n, 'section', 20000000 + n from generate_series(0, ${String(sections - 1)}) n`,
    `insert into declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, message_id, declared_at, user_id, org_unit_id)
     select ${both}, 'M' || lpad(n::text, 8, '0'), 'P' || lpad((n % ${String(people)})::text, 8, '0'), 'section', 'S' || s,
            jsonb_build_array(jsonb_build_object('role', case when n % 5 = 0 then 'Instructor' else 'Learner' end, 'active', true)),
            ${declared}, 10000000 + n % ${String(people)}, 20000000 + s
       from (select n, (n / ${String(people)} * 97 + n) % ${String(sections)} as s from generate_series(0, ${String(memberships - 1)}) n) rows`,
    `insert into lms_enrollment (organization_id, user_id, org_unit_id, id, role_id)
     select d.organization_id, d.user_id, d.org_unit_id, 30000000 + row_number() over (order by d.sourced_id), (select min(id) from role where organization_id = d.organization_id)
       from (select distinct on (user_id, org_unit_id) * from declared_enrollment order by user_id, org_unit_id) d`,
    `insert into change (organization_id, id, seq, entity, lms_id, operation, cause)
     select organization_id, (case when n > c.all - 1000 then '${changeId(late).slice(0, 24)}' else '${changeId(early).slice(0, 24)}' end || lpad(to_hex(n), 12, '0'))::uuid, n, 'enrollment', id, 'created', '{}'
       from (select *, row_number() over (order by id) as n, count(*) over () as all from lms_enrollment) c`,
    `insert into change (organization_id, id, seq, entity, lms_id, operation, cause)
     select ${String(organizationId)}, ('${changeId(late).slice(0, 24)}' || lpad(to_hex(s.seq + n), 12, '0'))::uuid, s.seq + n, 'user', 10000000 + n, 'updated', '{}'
       from (select max(seq) as seq from change) s, generate_series(1, 100) n`,
    `update lane set change_seq = (select max(seq) from change)`,
  ];
  for (const statement of statements) await client.query(statement);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
