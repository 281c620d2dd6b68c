import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuidv7 } from '../../src/domain/ids.ts';
import { createCredentialStore, type NewCredential } from '../../src/state/access/credential-store.ts';
import { createLoginStore } from '../../src/state/access/login-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createOrganization } from './access-set-up.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('a certificate that is renewed while the old one is revoked is found by the key of both', async () => {
  const { pool } = database;
  const { organizationId, sourceSystemId } = await createOrganization(pool);
  const credentials = createCredentialStore({ pool });
  const renewed = async (name: string): Promise<void> => {
    const login = { organizationId, sourceSystemId, userName: name, userNameKey: name };
    const old = certificateOf(name);
    await credentials.addCredential(login, old);
    await Promise.all([
      credentials.addCredential(login, certificateOf(name)),
      credentials.revoke(organizationId, old.id),
    ]);
  };
  // They meet in about one case of ten.
  const names = Array.from({ length: 60 }, (_, index) => `login-${String(index)}`);
  for (const name of names) await renewed(name);

  const { findByKey } = createLoginStore({ pool });
  const found = await Promise.all(names.map(async (name) => ((await findByKey(keyOf(name))).length > 0 ? [] : [name])));
  expect(found.flat()).toEqual([]);
});

test('of two passwords that a login is given at once, one is refused', async () => {
  const { pool } = database;
  const { organizationId, sourceSystemId } = await createOrganization(pool);
  const credentials = createCredentialStore({ pool });
  const given = async (name: string): Promise<unknown[]> => {
    const login = { organizationId, sourceSystemId, userName: name, userNameKey: name };
    await credentials.addCredential(login, certificateOf(name));
    const both = await Promise.allSettled([
      credentials.addCredential(login, password()),
      credentials.addCredential(login, password()),
    ]);
    return both.map((each) => (each.status === 'rejected' ? (each.reason as { code: unknown }).code : 'given')).sort();
  };
  const names = Array.from({ length: 20 }, (_, index) => `both-${String(index)}`);
  for (const name of names) expect(await given(name)).toEqual(['conflict', 'given']);
});

test('a login has a hundred valid credentials at most', async () => {
  const { pool } = database;
  const { organizationId, sourceSystemId } = await createOrganization(pool);
  const credentials = createCredentialStore({ pool });
  const login = { organizationId, sourceSystemId, userName: 'many', userNameKey: 'many' };
  const apiKey = (): NewCredential => ({ id: uuidv7(), secret: { kind: 'api_key', hash: 'x' }, keys: [] });
  const first = await credentials.addCredential(login, apiKey());
  for (let index = 1; index < 100; index++) await credentials.addCredential(login, apiKey());
  await expect(credentials.addCredential(login, apiKey())).rejects.toMatchObject({ code: 'conflict' });
  await credentials.revoke(organizationId, first.id);
  await credentials.addCredential(login, apiKey());
});

function password(): NewCredential {
  return { id: uuidv7(), secret: { kind: 'hashed', hash: 'x' }, keys: [] };
}

function keyOf(name: string): string {
  return `public_key:${name}`;
}

function certificateOf(name: string): NewCredential {
  return {
    id: uuidv7(),
    secret: { kind: 'certificate', certificate: Buffer.from(name), pin: 'public_key' },
    facts: {
      subject: name,
      fingerprint: name,
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2040-01-01'),
      pin: 'public_key',
    },
    keys: [{ key: keyOf(name), exclusive: true }],
  };
}
