import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createSealer } from '../../src/auth/seal.ts';
import { tryKey } from '../../src/app/try-key.ts';
import type { EndpointContent } from '../../src/domain/administration/index.ts';
import { createAdministration } from '../../src/state/admin/create-administration.ts';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { type TestDatabase, withDatabase } from '../../src/testing/with-database.ts';
import { createOrganization } from './access-set-up.ts';

const content: EndpointContent = {
  settings: {
    address: 'https://sis.example.edu/outcomes',
    authentication: 'http-basic',
    soapVersion: '1.1',
    connectTimeoutMs: 1_000,
    timeoutMs: 2_000,
    attempts: 1,
    tls: {},
  },
  secrets: { userName: 'gateway', password: 'correct horse battery' },
  certificate: null,
};
const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];

/** Endpoints as a gateway with these keys keeps them. */
function keep({ pool }: TestDatabase, key: Buffer, previous: Buffer[] = []) {
  const store = { edit: () => Promise.reject(new Error('endpoints need no lane')) };
  return createAdministration({ pool, store, sealer: createSealer(key, previous) }).endpoints;
}

async function withEndpoint(work: (world: { database: TestDatabase; organizationId: number }) => Promise<void>) {
  await withDatabase(async (database) => {
    const { organizationId } = await createOrganization(database.pool);
    await keep(database, oldKey).put({ organizationId, actor: 'test' }, 'sis', 'outcome', {}, () => content);
    await work({ database, organizationId });
  });
}

describe('the secrets of an endpoint', () => {
  test('lie sealed in the database: nothing of them can be read there', () =>
    withEndpoint(async ({ database, organizationId }) => {
      const { rows } = await inOrganization(database.pool, organizationId, (client) =>
        client.query<{ row: string; sealed: Buffer }>('select e::text as row, sealed from endpoint e'),
      );
      expect(rows[0]!.row).not.toContain('correct horse');
      expect(rows[0]!.sealed.includes('correct horse')).toBe(false);
    }));

  test('open after the key was replaced, while the former one is named, and are sealed with the new one when they are set', () =>
    withEndpoint(async ({ database, organizationId }) => {
      const opened = async (endpoints: ReturnType<typeof keep>) =>
        (await endpoints.open(organizationId, 'sis', 'outcome')).opened?.secrets;
      const rotated = keep(database, newKey, [oldKey]);
      expect(await opened(rotated)).toEqual(content.secrets);
      expect(await opened(keep(database, newKey))).toBeUndefined();
      const changed = { ...content, secrets: { ...content.secrets, password: 'a new one' } };
      await rotated.put({ organizationId, actor: 'test' }, 'sis', 'outcome', {}, () => changed);
      expect(await opened(keep(database, newKey))).toEqual(changed.secrets);
    }));

  test('count among what a start without their key would lose', () =>
    withEndpoint(async ({ database, organizationId }) => {
      const { keyId } = createSealer(oldKey);
      expect(await tryKey(database.pool, organizationId, createSealer(oldKey))).toMatchObject({
        tried: 1,
        missing: [],
      });
      expect((await tryKey(database.pool, organizationId, createSealer(newKey))).missing).toEqual([keyId]);
    }));

  test('do not open for another host that somebody wrote into the row', () =>
    withEndpoint(async ({ database, organizationId }) => {
      await inOrganization(database.pool, organizationId, (client) =>
        client.query(`update endpoint set address = 'https://thief.example/'`),
      );
      const { opened } = await keep(database, oldKey).open(organizationId, 'sis', 'outcome');
      expect(opened).toMatchObject({ endpoint: { address: 'https://thief.example/' }, secrets: undefined });
    }));

  test('that do not open may be given again', () =>
    withEndpoint(async ({ database, organizationId }) => {
      const endpoints = keep(database, newKey);
      const editor = { organizationId, actor: 'test' };
      await endpoints.put(editor, 'sis', 'outcome', {}, (before) => {
        expect(before?.secrets).toEqual({});
        return content;
      });
      expect((await endpoints.open(organizationId, 'sis', 'outcome')).opened?.secrets).toEqual(content.secrets);
    }));

  test('that do not open may be forgotten, without any other change', () =>
    withEndpoint(async ({ database, organizationId }) => {
      const endpoints = keep(database, newKey);
      const editor = { organizationId, actor: 'test' };
      const named: unknown[] = [];
      const forget = async () =>
        endpoints.put(editor, 'sis', 'outcome', {}, (_, closed) => {
          named.push(closed);
          return { ...content, secrets: {} };
        });
      expect(await forget()).toMatchObject({ secrets: [], version: 2 });
      expect((await endpoints.open(organizationId, 'sis', 'outcome')).opened?.secrets).toEqual({});
      expect(await forget()).toMatchObject({ version: 2 });
      expect(named).toEqual([['userName', 'password'], []]);
      const { items } = await endpoints.history(organizationId, 'sis', 'outcome', { limit: 1 });
      expect(items).toMatchObject([{ before: { secrets: ['userName', 'password'] }, after: { secrets: [] } }]);
    }));
});

describe('an endpoint', () => {
  test('shows itself to its own organization only', () =>
    withEndpoint(async ({ database: { pool }, organizationId }) => {
      const other = await createOrganization(pool);
      for (const table of ['endpoint', 'endpoint_history']) {
        const seen = (id: number) => inOrganization(pool, id, (client) => client.query(`select from ${table}`));
        expect([table, (await seen(organizationId)).rowCount]).toEqual([table, 1]);
        expect([table, (await seen(other.organizationId)).rowCount]).toEqual([table, 0]);
        expect([table, (await pool.query(`select from ${table}`)).rowCount]).toEqual([table, 0]);
      }
    }));

  test('goes with its organization', () =>
    withEndpoint(async ({ database, organizationId }) => {
      const { pool } = database;
      const store = { edit: () => Promise.reject(new Error('no lane')) };
      const { organizations } = createAdministration({ pool, store, sealer: createSealer(oldKey) });
      const { code } = await organizations.getById(organizationId);
      await organizations.remove(code, code);
      for (const table of ['endpoint', 'endpoint_history', 'message']) {
        const { rowCount } = await inOrganization(pool, organizationId, (client) =>
          client.query(`select from ${table}`),
        );
        expect([table, rowCount]).toEqual([table, 0]);
      }
    }));

  test('is made once by two who set it at the same time', () =>
    withDatabase(async (database) => {
      const { organizationId } = await createOrganization(database.pool);
      const endpoints = keep(database, oldKey);
      const set = (actor: string, attempts: number) =>
        endpoints.put({ organizationId, actor }, 'sis', 'bulk', {}, () => ({
          ...content,
          settings: { ...content.settings, attempts },
        }));
      const made = await Promise.all([set('one', 1), set('other', 2), set('third', 3)]);
      expect(made.map(({ version }) => version).sort()).toEqual([1, 2, 3]);
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    }));
});
