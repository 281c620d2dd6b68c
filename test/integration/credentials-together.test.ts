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
