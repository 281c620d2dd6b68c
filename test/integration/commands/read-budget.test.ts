import { expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { Command } from '../../../src/domain/command.ts';
import type { Outcome } from '../../../src/domain/outcome.ts';
import { createAnswerBudget } from '../../../src/state/answer-budget.ts';
import { inLane, inOrganization } from '../../../src/state/in-transaction.ts';
import { readDeclared, readFields } from '../../../src/state/read-declared.ts';
import { group, person, update } from '../../oracle/commands.ts';
import { submission } from '../../oracle/harness.ts';
import { useSetting } from '../rules/setting.ts';

const setting = useSetting();

/** 1 MB each: 16 of them fit into an answer. */
const ids = Array.from({ length: 60 }, (_, index) => `L${String(index + 10)}`);

const read = (sourcedId: string) => ({ entity: 'user', kind: 'person', verb: 'read', sourcedId }) as const;

test('reading ends with the row that does not fit, though many more are asked for; what follows is not read', async () => {
  await largePeople();
  await counted(async (client, rowsRead) => {
    const reading = { organizationId: setting.organization.id, client };
    const budget = createAnswerBudget();
    const ask = (...asked: string[]) => readDeclared(reading, lis().id, asked.map(read), () => budget);

    const outcomes = await ask('nobody', ...ids);
    expect(codesOf(outcomes.slice(0, 1))).toEqual(['unknown_object']);
    expect(outcomes.slice(1, 17).map(({ status }) => status)).toEqual(Array(16).fill('read'));
    expect(outcomes[16]?.record).toMatchObject({ sourcedId: ids[15], fields: { givenName: 'Large' } });
    expect(new Set(codesOf(outcomes.slice(17)))).toEqual(new Set(['too_many_results']));
    expect(await rowsRead()).toBe(17);

    expect(codesOf(await ask(...ids.slice(20)))).toEqual(Array(40).fill('too_many_results'));
    expect(await rowsRead()).toBe(17);
  });
});

test('a row is read once in a message, however often it is asked for', async () => {
  await largePeople();
  await counted(async (client, rowsRead) => {
    const budget = createAnswerBudget();
    const reading = { organizationId: setting.organization.id, client };
    const outcomes = await readDeclared(
      reading,
      lis().id,
      Array<ReturnType<typeof read>>(1_000).fill(read(ids[0]!)),
      () => budget,
    );
    expect(outcomes.filter(({ status }) => status === 'read')).toHaveLength(16);
    expect(await rowsRead()).toBe(1);
  });

  const { outcomes, statements } = await write(Array<Command>(1_000).fill(read(ids[0]!)));
  expect(outcomes.filter(({ status }) => status === 'read')).toHaveLength(16);
  expect(statements).toBe(1);
});

test('among writes a read tells what was said before it; once nothing fits, no more is read', async () => {
  await largePeople();
  const commands = ids
    .slice(0, 12)
    .flatMap((id): Command[] => [update(person(id, { givenName: id })), read(id), read(id)]);
  const written = await write(commands);
  const outcomes = written.outcomes.filter(({ verb }) => verb === 'read');
  expect(outcomes.slice(0, 2).map(({ record }) => record?.fields)).toEqual(
    [1, 2].map(() => expect.objectContaining({ givenName: ids[0] })),
  );
  expect(outcomes.filter(({ status }) => status === 'read')).toHaveLength(16);
  expect(written.statements).toBe(9);
});

test('messages that are applied together are answered with twice as much as one of them at most', async () => {
  await largePeople();
  await setting.organization.send('lis', person('X'));
  const message = (): Command[] => [update(person('X', { givenName: 'Y' })), read('X'), ...ids.slice(0, 15).map(read)];
  // What arrives in one turn is one transaction; 33 of 1 MB are 32 MiB.
  const answers = await Promise.all(Array.from({ length: 6 }, () => write(message())));
  const large = answers.map(({ outcomes }) => outcomes.slice(2).filter(({ status }) => status === 'read').length);
  expect(large.reduce((sum, each) => sum + each, 0)).toBe(33);
  for (const { outcomes } of answers) expect(outcomes[0]?.status).toMatch(/updated|unchanged/);
});

test('keys of all kinds are found in their order, those that are not there are left out', async () => {
  await setting.organization.send('lis', person('B'), group('G', 'TERM'), person('A'));
  await inOrganization(setting.database.pool, setting.organization.id, async (client) => {
    const keys = [
      { kind: 'person', sourcedId: 'B' },
      { kind: 'person', sourcedId: 'nobody' },
      { kind: 'group', sourcedId: 'G' },
      { kind: 'person', sourcedId: 'G' },
      { kind: 'person', sourcedId: 'A' },
    ] as const;
    const reading = { organizationId: setting.organization.id, client };
    const found = await readFields(reading, lis().id, keys);
    expect([...found.keys()]).toEqual(['person B', 'group G', 'person A']);
    const first = await readFields(reading, lis().id, keys, 1);
    expect([...first]).toEqual(keys.map(({ kind, sourcedId }) => [`${kind} ${sourcedId}`, 'beyond']));
  });
});

function lis() {
  return setting.organization.sources.get('lis')!;
}

async function largePeople(): Promise<void> {
  await inOrganization(setting.database.pool, setting.organization.id, (client) =>
    client.query(
      `insert into declared_user (organization_id, source_system_id, sourced_id, fields, message_id)
       select $1, $2, id, jsonb_build_object('givenName', 'Large', 'attributes', jsonb_build_object('a', repeat('x', 1000000))), gen_random_uuid()
         from unnest($3::text[]) id`,
      [setting.organization.id, lis().id, ids],
    ),
  );
  await setting.database.pool.query('analyze declared_user');
}

/** Works as a message does, and counts the rows of persons that the database has read for it. */
async function counted(work: (client: pg.ClientBase, rowsRead: () => Promise<number>) => Promise<void>): Promise<void> {
  await inLane(setting.database.pool, setting.organization.id, { reason: 'message' }, async ({ client }) => {
    const total = async (): Promise<number> => {
      const { rows } = await client.query<{ rows: string }>(
        `select seq_tup_read + idx_tup_fetch as rows from pg_stat_xact_user_tables where relname = 'declared_user'`,
      );
      return Number(rows[0]?.rows);
    };
    // As on the server that comes along: with so few rows, one that takes any page for far away reads them all.
    await client.query('set local random_page_cost = 1.1');
    const before = await total();
    await work(client, async () => (await total()) - before);
  });
}

/** What becomes of a message, and how many statements read what was declared. */
async function write(commands: readonly Command[]): Promise<{ outcomes: readonly Outcome[]; statements: number }> {
  const spy = jest.spyOn(pg.Client.prototype, 'query');
  try {
    const { outcomes } = await setting.store.write({ ...submission(lis(), []), commands }, lis());
    const reads = spy.mock.calls.filter(([query]) => (query as { name?: string }).name === 'declared_read');
    return { outcomes, statements: reads.length };
  } finally {
    spy.mockRestore();
  }
}

function codesOf(outcomes: readonly Outcome[]): (string | undefined)[] {
  return outcomes.map(({ problems }) => problems[0]?.code);
}
