import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { createPasswords } from '../../src/auth/passwords.ts';
import type { SecretKind } from '../../src/domain/access.ts';
import type { GatewayError } from '../../src/domain/problem.ts';
import { parseXml } from '../../src/formats/xml/index.ts';
import { wsseNamespace } from '../../src/pipeline/authenticate-must-understand.ts';
import type { Message, Remote } from '../../src/pipeline/ports.ts';
import { inTransaction } from '../../src/state/in-transaction.ts';
import { claimNonces } from '../../src/state/access/nonces.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createAccess, createOrganization } from './access-set-up.ts';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
afterAll(() => database.drop());

const secret = 'correct horse battery staple';

/** A source system with one login of the given kind, and the access side of a process that serves it. */
async function setUp(kind: SecretKind, options: Parameters<typeof createAccess>[1] = {}) {
  const access = createAccess(pool, options);
  const owner = await createOrganization(pool);
  const userName = `sis-${randomBytes(4).toString('hex')}`;
  const { credential } = await access.credentials.createCredential({ ...owner, userName, kind, secret });
  return { ...access, ...owner, userName, credentialId: credential.id };
}

type Sent = { headers?: Record<string, string>; header?: string; from?: string };

function message({ headers = {}, header, from = '192.0.2.7' }: Sent): Message {
  const remote: Remote = { address: from, loopback: false, secure: true };
  const soapHeaders =
    header === undefined ? {} : { soapHeaders: parseXml(Buffer.from(`<Header>${header}</Header>`)).children };
  const at = { id: 'm1', receivedAt: new Date(), method: 'POST', path: '/', body: Buffer.alloc(0) };
  return { ...at, door: 'soap', headers, remote, ...soapHeaders };
}

const basic = (userName: string, password = secret, from?: string): Message =>
  message({
    headers: { authorization: `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}` },
    ...(from === undefined ? {} : { from }),
  });

const usernameToken = (userName: string, rest: string) =>
  message({
    header: `<w:Security xmlns:w="${wsseNamespace}"><w:UsernameToken><w:Username>${userName}</w:Username>${rest}</w:UsernameToken></w:Security>`,
  });

const passwordText = (userName: string, password = secret) =>
  usernameToken(userName, `<w:Password Type="#PasswordText">${password}</w:Password>`);

function passwordDigest(userName: string, password = secret): Message {
  const nonce = randomBytes(16);
  const created = new Date().toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  return usernameToken(
    userName,
    `<w:Password Type="#PasswordDigest">${digest}</w:Password><w:Nonce>${nonce.toString('base64')}</w:Nonce><w:Created>${created}</w:Created>`,
  );
}

/** What became of an attempt: the mechanism that let it in, or the code of the refusal. */
const outcomeOf = (
  chain: { authenticate(message: Message): Promise<{ principal: { mechanism: string } }> },
  sent: Message,
) =>
  chain.authenticate(sent).then(
    ({ principal }) => principal.mechanism,
    (error: unknown) => (error as GatewayError).code,
  );

describe('a source system authenticates', () => {
  test.each([
    ['hashed', 'http-basic', basic],
    ['hashed', 'wss-password-text', passwordText],
    ['sealed', 'http-basic', basic],
    ['sealed', 'wss-password-text', passwordText],
    ['sealed', 'wss-password-digest', passwordDigest],
  ] as const)('with a %s secret by %s', async (kind, mechanism, send) => {
    const { chain, userName, organizationId, sourceSystemId } = await setUp(kind);
    const { principal } = await chain.authenticate(send(userName.toUpperCase()));
    expect(principal).toEqual({ userName, organizationId, sourceSystemId, mechanism });
    expect(await outcomeOf(chain, send(userName, 'wrong password'))).toBe('credentials_invalid');
    expect(await outcomeOf(chain, send(`${userName}-unknown`))).toBe('credentials_invalid');
  });

  test.each([
    ['has expired', `<Expires>2020-01-01T00:00:00Z</Expires>`, 'credentials_invalid'],
    ['is of tomorrow', `<Created>2999-01-01T00:00:00Z</Created>`, 'credentials_invalid'],
    ['is fresh', `<Created>${new Date().toISOString()}</Created>`, 'http-basic'],
  ])('by HTTP Basic beside a WS-Security Timestamp that %s', async (_, inner, outcome) => {
    const { chain, userName } = await setUp('hashed');
    const header = `<w:Security xmlns:w="${wsseNamespace}"><Timestamp>${inner}</Timestamp></w:Security>`;
    const { headers } = basic(userName);
    expect(await outcomeOf(chain, { ...message({ header }), headers })).toBe(outcome);
  });

  test('not by PasswordDigest when its secret is hashed; the log says why', async () => {
    const { chain, userName } = await setUp('hashed');
    await expect(chain.authenticate(passwordDigest(userName))).rejects.toMatchObject({
      code: 'credentials_invalid',
      detail: expect.stringContaining('PasswordDigest needs a credential of the kind "sealed"'),
    });
  });

  test('only by the mechanisms and from the addresses that its organization and itself allow', async () => {
    const { chain, userName, policies, organizationId, sourceSystemId, hear } = await setUp('sealed');
    const changed = () => hear(JSON.stringify({ kind: 'access_policy', organizationId }));
    await policies.set({ organizationId, actor: 'admin' }, null, {
      mechanisms: ['http-basic'],
      allowedAddresses: null,
    });
    await policies.set({ organizationId, actor: 'admin' }, sourceSystemId, {
      mechanisms: null,
      allowedAddresses: ['192.0.2.0/25'],
    });
    await changed();
    expect(await outcomeOf(chain, basic(userName))).toBe('http-basic');
    expect(await outcomeOf(chain, basic(userName, secret, '192.0.2.200'))).toBe('credentials_invalid');
    expect(await outcomeOf(chain, passwordDigest(userName))).toBe('credentials_invalid');
    await policies.set({ organizationId, actor: 'admin' }, null, { mechanisms: null, allowedAddresses: null });
    await changed();
    expect(await outcomeOf(chain, passwordDigest(userName))).toBe('wss-password-digest');
  });
});

describe('rotation and revocation', () => {
  test('both secrets are valid while a rotation overlaps, then the new one alone', async () => {
    let nowMs = Date.now();
    const { chain, credentials, userName, organizationId, credentialId, hear } = await setUp('hashed', {
      now: () => nowMs,
    });
    await credentials.rotateCredential({
      organizationId,
      credentialId,
      overlapMs: 3_600_000,
      secret: 'the next secret',
    });
    await hear(JSON.stringify({ kind: 'login', userName }));
    expect(await outcomeOf(chain, basic(userName))).toBe('http-basic');
    expect(await outcomeOf(chain, basic(userName, 'the next secret'))).toBe('http-basic');
    nowMs += 3_600_000;
    expect(await outcomeOf(chain, basic(userName))).toBe('credentials_invalid');
    expect(await outcomeOf(chain, basic(userName, 'the next secret'))).toBe('http-basic');
  });

  test.each(['hashed', 'sealed'] as const)('a revoked %s secret ends at once where it is announced', async (kind) => {
    const { chain, credentials, userName, organizationId, credentialId, hear } = await setUp(kind);
    expect(await outcomeOf(chain, basic(userName))).toBe('http-basic');
    await credentials.revokeCredential(organizationId, credentialId);
    await hear(JSON.stringify({ kind: 'login', userName }));
    expect(await outcomeOf(chain, basic(userName))).toBe('credentials_invalid');
  });

  test('and within five seconds where the announcement is lost', async () => {
    let nowMs = Date.now();
    const { chain, credentials, userName, organizationId, credentialId } = await setUp('hashed', { now: () => nowMs });
    expect(await outcomeOf(chain, basic(userName))).toBe('http-basic');
    await credentials.revokeCredential(organizationId, credentialId);
    expect(await outcomeOf(chain, basic(userName))).toBe('http-basic');
    nowMs += 5_000;
    expect(await outcomeOf(chain, basic(userName))).toBe('credentials_invalid');
  });

  test('the last use is noted', async () => {
    const { chain, credentials, userName, organizationId } = await setUp('sealed');
    await chain.authenticate(passwordDigest(userName));
    await eventually(async () => (await credentials.listCredentials(organizationId))[0]?.lastUsedAt != null);
  });
});

describe('rule 6: unknown user and wrong password look the same', () => {
  test('in time: an unknown user name costs an argon2 run as a known one does', async () => {
    const { chain, userName } = await setUp('hashed', { passwords: createPasswords() });
    const sealed = await setUp('sealed', { passwords: createPasswords() });
    const costMs = async (which: typeof chain, sent: Message) => {
      const start = performance.now();
      expect(await outcomeOf(which, sent)).toBe('credentials_invalid');
      return performance.now() - start;
    };
    const costs: Record<string, number[]> = { unknown: [], hashed: [], sealed: [] };
    for (let round = 0; round < 9; round++) {
      const from = `198.51.100.${round}`;
      costs.unknown!.push(await costMs(chain, basic('nobody', `guess ${round}`, from)));
      costs.hashed!.push(await costMs(chain, basic(userName, `guess ${round}`, from)));
      costs.sealed!.push(await costMs(sealed.chain, basic(sealed.userName, `guess ${round}`, from)));
    }
    const medians = Object.values(costs).map((values) => values.sort((a, b) => a - b)[4]!);
    // Without the run they would differ by a factor of ten and more; the machine's noise stays far below three.
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(3);
  });
});

describe('rule 8: wrong passwords', () => {
  test('lock the pair in every process, before argon2; the right password from elsewhere goes on', async () => {
    const { chain, lockout, userName, logged } = await setUp('hashed');
    const other = createAccess(pool);
    for (let guess = 0; guess < 10; guess++) {
      expect(await outcomeOf(chain, basic(userName, `guess ${guess}`))).toBe('credentials_invalid');
    }
    await expect(chain.authenticate(basic(userName))).rejects.toMatchObject({ code: 'locked_out', retryAfterS: 300 });
    expect(logged).toContainEqual({ code: 'locked_out', userName, address: '192.0.2.7', failures: 10 });

    await eventually(async () => (await lockout.listLockouts()).some((pair) => pair.userName === userName));
    await other.hear('{"kind":"lockout"}');
    expect(await outcomeOf(other.chain, basic(userName))).toBe('locked_out');
    expect(await outcomeOf(chain, basic(userName, secret, '203.0.113.9'))).toBe('http-basic');

    expect(await other.lockout.clearLockout(userName, '192.0.2.7')).toBe(true);
    await chain.authenticate(basic(userName, secret, '203.0.113.9'));
    await lockout.refresh();
    expect(await outcomeOf(chain, basic(userName))).toBe('http-basic');
  });

  test('in a flood do not keep a good sender waiting', async () => {
    const { chain, userName } = await setUp('hashed', { passwords: createPasswords() });
    await chain.authenticate(basic(userName));
    const flood = Array.from({ length: 400 }, (_, guess) =>
      outcomeOf(chain, basic(`guess-${guess}`, 'x', `198.51.100.${guess % 4}`)),
    );
    const start = performance.now();
    for (let sent = 0; sent < 50; sent++) expect(await outcomeOf(chain, basic(userName))).toBe('http-basic');
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['credentials_invalid', 'busy']));
  });
});

describe('a digest that is sent again', () => {
  test('passes the chain of every process, but its nonce is claimed once, with the message', async () => {
    const { chain, userName } = await setUp('sealed');
    const other = createAccess(pool);
    const sent = passwordDigest(userName);
    const claims = [(await chain.authenticate(sent)).nonces, (await other.chain.authenticate(sent)).nonces];
    expect(claims[0]).toEqual([{ userName, nonce: expect.any(String), expiresAt: expect.any(Date) }]);
    const refused = await Promise.all(
      claims.map((nonces) => inTransaction(pool, async (client) => (await claimNonces(client, nonces)).size)),
    );
    expect(refused.sort()).toEqual([0, 1]);
  });
});

test('rule 5: while the database is away the answer is "busy", not "wrong password"', async () => {
  const { userName } = await setUp('hashed');
  const away = createAccess({ query: () => Promise.reject(new Error('connection refused')) } as unknown as pg.Pool);
  await expect(away.chain.authenticate(basic(userName))).rejects.toMatchObject({ code: 'busy', retryAfterS: 2 });
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 5_000; Date.now() < until;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not happen');
}
