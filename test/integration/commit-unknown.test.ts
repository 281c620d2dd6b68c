import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createSealer } from '../../src/auth/seal.ts';
import type { WriteCommand } from '../../src/domain/command.ts';
import { presets } from '../../src/domain/source-system.ts';
import { claimNonces } from '../../src/state/access/nonces.ts';
import { createStore, type LiveStore } from '../../src/state/create-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createOrganization, rowsOf, submission, type TestOrganization } from '../oracle/harness.ts';

const person: WriteCommand = {
  verb: 'replace',
  entity: 'user',
  kind: 'person',
  sourcedId: 'P',
  fields: { userName: 'p' },
};

let database: TestDatabase;
let store: LiveStore;
let organization: TestOrganization;
/** What becomes of the next commit that is sent. */
let fate: 'answered' | 'lost after it' | 'lost before it';
let connections: Set<unknown>;
let logged: string[];

beforeEach(async () => {
  database = await createTestDatabase();
  [fate, connections, logged] = ['answered', new Set(), []];
  const tell = (_fields: object, message: string) => void logged.push(message);
  store = createStore({
    pool: withFate(database.pool),
    sealer: createSealer(Buffer.alloc(32, 7)),
    claimNonces,
    log: { warn: tell, error: tell },
  });
  const sources = [{ code: 'sis', rank: 1, options: presets.lis, typeMap: new Map(), roleMap: new Map() }];
  organization = await createOrganization(database.pool, store, { types: [], roles: [], sources });
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

/** The pool, with connections that break around their commit when the fate says so. */
function withFate(pool: pg.Pool): pg.Pool {
  const connect = async (): Promise<pg.PoolClient> => {
    const client = await pool.connect();
    connections.add(client);
    const send = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const query = async (...args: unknown[]): Promise<unknown> => {
      if (args[0] !== 'commit' || fate === 'answered') return send(...args);
      const was = fate;
      fate = 'answered';
      if (was === 'lost after it') await send('commit');
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      throw new Error('Connection terminated unexpectedly');
    };
    return new Proxy(client, {
      get: (target, name) => (name === 'query' ? query : bound(target, Reflect.get(target, name))),
    });
  };
  return new Proxy(pool, {
    get: (target, name) => (name === 'connect' ? connect : bound(target, Reflect.get(target, name))),
  });
}

function bound(target: object, value: unknown): unknown {
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}

const send = () => {
  const sis = organization.sources.get('sis')!;
  return store.write(submission(sis, [person]), sis);
};
const rows = (table: string) => rowsOf(database.pool, organization.id, `select from ${table}`);

describe('a commit whose answer is lost', () => {
  test.each([
    ['lost after it', 1, 'unchanged'],
    ['lost before it', 0, 'created'],
  ] as const)('%s: the sender is asked to send again, and nothing is applied twice', async (lost, kept, again) => {
    fate = lost;
    await expect(send()).rejects.toMatchObject({ code: 'busy', retryAfterS: expect.any(Number) });
    expect(logged).toEqual(['the fate of a commit is unknown; senders are asked to send again']);
    expect([await rows('declared_user'), await rows('message')].map(({ length }) => length)).toEqual([kept, kept]);

    expect((await send()).outcomes).toMatchObject([{ status: again }]);
    expect([await rows('lms_user'), await rows('change')].map(({ length }) => length)).toEqual([1, 1]);
    expect(await rows('message')).toHaveLength(kept + 1);
  });

  test('is told to all who share the transaction, and its connection is not used again', async () => {
    fate = 'lost after it';
    const results = await Promise.allSettled([send(), send(), send()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    const [broken] = connections;
    connections.clear();
    await send();
    expect(connections).not.toContain(broken);
  });
});
