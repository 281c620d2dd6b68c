import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createSealer } from '../../src/auth/seal.ts';
import { presets } from '../../src/domain/source-system.ts';
import { claimNonces } from '../../src/state/access/nonces.ts';
import { createStore, type LiveStore } from '../../src/state/create-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createOrganization, rowsOf, submission, type TestOrganization } from '../oracle/harness.ts';

/*
 * A batch sets out on the connection of the one before it while that one commits (docs/adr/0004). Here every message is a
 * batch of its own, and the journal of a chosen one fails after its commit has been sent.
 */

let database: TestDatabase;
let store: LiveStore;
let organization: TestOrganization;
/** What happens to the next journal statements, in their order. */
let fates: ('written' | 'refused for now' | 'connection lost')[];

beforeEach(async () => {
  database = await createTestDatabase();
  fates = [];
  store = createStore({
    pool: withFates(database.pool),
    sealer: createSealer(Buffer.alloc(32, 7)),
    claimNonces,
    log: { warn: () => undefined, error: () => undefined },
    queue: { maxBatch: 1 },
  });
  const sources = [{ code: 'sis', rank: 1, options: presets.lis, typeMap: new Map(), roleMap: new Map() }];
  organization = await createOrganization(database.pool, store, { types: [], roles: [], sources });
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

/** The pool, whose connections have their journal statements fail as told. */
function withFates(pool: pg.Pool): pg.Pool {
  const bound = (target: object, value: unknown): unknown =>
    typeof value === 'function' ? (value.bind(target) as unknown) : value;
  const connect = async (): Promise<pg.PoolClient> => {
    const client = await pool.connect();
    const send = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const query = (...args: unknown[]): Promise<unknown> => {
      const isJournal = (args[0] as { name?: string }).name === 'journal_write';
      const fate = isJournal ? (fates.shift() ?? 'written') : 'written';
      if (fate === 'refused for now') return send(`do $$ begin raise sqlstate '40001'; end $$`);
      if (fate === 'connection lost') return send('select pg_terminate_backend(pg_backend_pid())');
      return send(...args);
    };
    return new Proxy(client, {
      get: (target, name) => (name === 'query' ? query : bound(target, Reflect.get(target, name))),
    });
  };
  return new Proxy(pool, {
    get: (target, name) => (name === 'connect' ? connect : bound(target, Reflect.get(target, name))),
  });
}

/** One person, stated so many times at once. */
async function state(...names: string[]): Promise<string[]> {
  const sis = organization.sources.get('sis')!;
  const sent = names.map((userName) =>
    store.write(
      submission(sis, [{ verb: 'replace', entity: 'user', kind: 'person', sourcedId: 'P', fields: { userName } }]),
      sis,
    ),
  );
  return (await Promise.allSettled(sent)).map((result) =>
    result.status === 'fulfilled'
      ? (result.value.outcomes[0]?.status ?? '?')
      : (result.reason as { code: string }).code,
  );
}

const changes = async () =>
  (
    await rowsOf<{ operation: string; name: string }>(
      database.pool,
      organization.id,
      `select operation, after->>'userName' as name from change order by seq`,
    )
  ).map(({ operation, name }) => `${operation} ${name}`);
const journaled = async () => (await rowsOf(database.pool, organization.id, 'select from message')).length;

test.each([
  ['the first', ['refused for now']],
  ['the second', ['written', 'refused for now']],
  ['the first, twice', ['refused for now', 'written', 'refused for now']],
] as const)('when the journal of %s is refused for now, all come in their order, once', async (_which, told) => {
  fates = [...told];
  expect(await state('a', 'b', 'c')).toEqual(['created', 'updated', 'updated']);
  expect(await changes()).toEqual(['created a', 'updated b', 'updated c']);
  expect(await journaled()).toBe(3);
});

test('when the connection is lost on the way, what set out on it behind is sent again on another', async () => {
  fates = ['connection lost'];
  const [first, ...others] = await state('a', 'b', 'c');
  // Whether the commit of the first was heard is not known on our side, or it was tried again.
  expect(['busy', 'created']).toContain(first);
  expect(others).toEqual(first === 'busy' ? ['created', 'updated'] : ['updated', 'updated']);
  expect((await changes()).slice(-2)).toEqual([expect.stringMatching(/b$/), 'updated c']);
  expect(await journaled()).toBe(first === 'busy' ? 2 : 3);
});
