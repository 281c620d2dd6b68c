import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import soap, { type ISecurity } from 'soap';
import { makeCertificate } from '../../src/testing/certificates.ts';
import { signEnvelope, type SignedMessageOptions } from '../../src/testing/sign-envelope.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;
let south: Tenant;
const signer = makeCertificate({ subject: 'sis.north.example.edu' });
const other = makeCertificate({ subject: 'sis.south.example.edu' });
const credentials = '/api/v1/source-systems/sis/credentials';
const hear = (userName: string) => world.access.hear(JSON.stringify({ kind: 'login', userName }));

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  south = await world.tenant('south');
  for (const [tenant, pem] of [
    [north, signer],
    [south, other],
  ] as const) {
    const userName = `${tenant.code}-sis`;
    await tenant.admin.post(credentials, { userName, kind: 'certificate', certificate: pem.cert });
    await hear(userName);
  }
});
afterAll(() => world.close());

const namespace = 'http://www.imsglobal.org/services/lis/gms2p0/wsdl11/sync/imsgms_v2p0';
const readGroup = `<readGroupRequest xmlns="${namespace}"><sourcedId>G-1</sourcedId></readGroupRequest>`;
const signed = (options: Partial<SignedMessageOptions> = {}) => signEnvelope({ signer, body: readGroup, ...options });

async function post(xml: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(`${world.url}/lis/gms`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', ...headers },
    body: xml,
  });
  return { status: response.status, text: await response.text() };
}

const outcomeOf = async (xml: string, headers?: Record<string, string>): Promise<string> => {
  const { text } = await post(xml, headers);
  return /<code>(\w+)<\/code>/.exec(text)?.[1] ?? /<imsx_codeMajor>(\w+)/.exec(text)?.[1] ?? text;
};
const UNKNOWN_GROUP = 'failure';

describe('node-soap as the signing client', () => {
  const group = {
    sourcedId: 'G-1',
    groupRecord: {
      sourcedGUID: { sourcedId: 'G-1' },
      group: {
        groupType: {
          scheme: { language: 'en', textString: 'X' },
          typevalue: { type: { language: 'en', textString: 'TERM' }, level: '1' },
        },
        description: { shortDescription: { language: 'en', textString: 'Spring <&> é' } },
      },
    },
  };

  async function clientWith(security: ISecurity) {
    const client = await soap.createClientAsync(`${world.url}/lis/gms?wsdl`);
    client.setSecurity(security);
    return client as typeof client & {
      replaceGroupAsync(parameters: object): Promise<unknown>;
      readGroupAsync(parameters: object): Promise<unknown>;
    };
  }

  it('is let in by its signature alone, and a copy of its message is refused by every process', async () => {
    const client = await clientWith(new soap.WSSecurityCert(signer.key, signer.cert, ''));
    await client.replaceGroupAsync(group);
    expect(client.lastRequest).toContain('SignatureValue');
    expect((await north.sis.get('/sis/v1/org-units/G-1?kind=group')).status).toBe(200);
    expect((await south.sis.get('/sis/v1/org-units/G-1?kind=group')).status).toBe(404);
    expect(await outcomeOf(client.lastRequest ?? '')).toBe('credentials_invalid');
  });

  it('may sign a UsernameToken of its own beside', async () => {
    const userName = 'north-both';
    const { secret } = (await north.admin.post(credentials, { userName })).body;
    const pem = makeCertificate({ subject: 'both' });
    await north.admin.post(credentials, { userName, kind: 'certificate', certificate: pem.cert });
    await hear(userName);
    const client = await clientWith(
      new soap.WSSecurityPlusCert(
        new soap.WSSecurity(userName, secret, { hasTimeStamp: false, hasTokenCreated: false }),
        new soap.WSSecurityCert(pem.key, pem.cert, '', { additionalReferences: ['wsse:UsernameToken'] }),
      ),
    );
    await client.readGroupAsync({ sourcedId: 'G-1' });
    expect(client.lastResponse).toContain('fullsuccess');
  });
});

describe('rule 3 at the door', () => {
  it('a signature and a UsernameToken of one principal are fine, of two they are refused', async () => {
    expect(await outcomeOf(signed({ userName: 'north-sis', password: 'whatever' }))).toBe('success');
    expect(await outcomeOf(signed({ userName: 'south-sis', password: 'whatever' }))).toBe('credentials_conflict');
    expect(await outcomeOf(signed({ userName: 'nobody', password: 'whatever' }))).toBe('credentials_conflict');
  });

  it('a signature beside HTTP Basic of somebody else is refused, whoever decides', async () => {
    const basic = { authorization: `Basic ${Buffer.from('south-sis:wrong').toString('base64')}` };
    expect(await outcomeOf(signed(), basic)).toBe('credentials_conflict');
  });

  it('a signature by nobody that must be understood is refused; one that need not be is passed over', async () => {
    const stranger = makeCertificate({ subject: 'stranger' });
    expect(await outcomeOf(signed({ signer: stranger }))).toBe('credentials_invalid');
    const beside = signed({ signer: stranger, mustUnderstand: false, userName: 'north-sis', password: 'wrong' });
    expect(await outcomeOf(beside)).toBe('credentials_invalid');
    expect(await outcomeOf(signed({ signer: stranger, mustUnderstand: false }))).toBe('credentials_missing');
  });

  it('an encrypted key in a header that must be understood is a MustUnderstand fault', async () => {
    const xml = signed().replace(
      '<ds:Signature',
      '<e:EncryptedKey xmlns:e="http://www.w3.org/2001/04/xmlenc#"/><ds:Signature',
    );
    expect(await post(xml)).toMatchObject({ status: 500, text: expect.stringContaining('soap:MustUnderstand') });
  });
});

describe('a forged message', () => {
  it('is refused in the words of WS-Security, journaled nowhere, and counts against the pair', async () => {
    const forged = signed().replace('<sourcedId>G-1', '<sourcedId>G-2');
    const { status, text } = await post(forged);
    expect(status).toBe(500);
    expect(text).toContain('wsse:FailedAuthentication');
    expect(JSON.stringify(world.logged)).toContain('wss-x509: the signature does not hold');
    for (let attempt = 0; attempt < 9; attempt++) await post(forged);
    expect(await outcomeOf(signed())).toBe('locked_out');
    await world.access.lockout.clearLockout('north-sis', '127.0.0.1');
    expect(await outcomeOf(signed())).toBe('success');
  });
});

describe('a source system that requires a signature', () => {
  it('takes no password without one', async () => {
    const path = '/api/v1/source-systems/sis/access-policy';
    const change = { kind: 'access_policy', organizationId: south.id };
    await south.admin.put(path, { mechanisms: null, allowedAddresses: null, requires: ['wss-x509'] });
    await world.access.hear(JSON.stringify(change));
    expect((await south.sis.get('/sis/v1/users/nobody')).status).toBe(401);
    expect(await outcomeOf(signed({ signer: other }))).toBe(UNKNOWN_GROUP);
    await south.admin.put(path, { mechanisms: null, allowedAddresses: null });
    await world.access.hear(JSON.stringify(change));
    expect((await south.sis.get('/sis/v1/users/nobody')).status).toBe(404);
  });
});

it('a certificate is rotated: both are taken while they overlap', async () => {
  const [old, next] = [makeCertificate({ subject: 'old' }), makeCertificate({ subject: 'next' })];
  const userName = 'north-renewing';
  const made = await north.admin.post(credentials, { userName, kind: 'certificate', certificate: old.cert });
  const place = `${credentials}/${made.body.id}/rotate`;
  expect(await north.admin.post(place, {})).toMatchObject({ status: 400, body: { field: 'certificate' } });
  expect((await north.admin.post(place, { certificate: next.cert, overlapSeconds: 3_600 })).status).toBe(201);
  await hear(userName);
  expect([await outcomeOf(signed({ signer: old })), await outcomeOf(signed({ signer: next }))]).toEqual([
    'success',
    'success',
  ]);
});

it('a certificate that is revoked ends at once', async () => {
  const pem = makeCertificate({ subject: 'leaving' });
  const made = await north.admin.post(credentials, {
    userName: 'north-leaving',
    kind: 'certificate',
    certificate: pem.cert,
  });
  await hear('north-leaving');
  expect(await outcomeOf(signed({ signer: pem }))).toBe('success');
  await north.admin.delete(`${credentials}/${made.body.id}`);
  await hear('north-leaving');
  expect(await outcomeOf(signed({ signer: pem }))).toBe('credentials_invalid');
});

describe('certificates of one issuer and serial number', () => {
  const made = () => makeCertificate({ subject: 'Tutorial CA', serial: 1, key: 'p256' });
  const bySerial = (issuer = 'cn=tutorial  ca') =>
    `<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>${issuer}</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`;
  const curve = { signatureMethod: 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256', keyInfo: bySerial() };
  const pin = (tenant: Tenant, userName: string, { cert }: { cert: string }) =>
    tenant.admin.post(credentials, { userName, kind: 'certificate', certificate: cert });

  it('of one organization do not stop the sender of another, however many there are', async () => {
    const own = made();
    expect((await pin(north, 'north-tutorial', own)).status).toBe(201);
    for (let index = 0; index < 10; index++) {
      expect((await pin(south, `a-${String(index)}`, made())).status).toBe(201);
    }
    const oneMore = await pin(south, 'a-more', made());
    expect(oneMore).toMatchObject({ status: 409, body: { field: 'certificate' } });
    for (const name of ['north-tutorial', 'a-0', 'a-9']) await hear(name);
    expect(await outcomeOf(signed({ signer: own, ...curve }))).toBe('success');
    // Beside a signature of north, a UsernameToken of somebody else is refused as ever.
    expect(await outcomeOf(signed({ signer: own, ...curve, userName: 'a-0', password: 'x' }))).toBe(
      'credentials_conflict',
    );
    expect(await outcomeOf(signed({ signer: made(), ...curve }))).toBe('credentials_invalid');
    expect(await outcomeOf(signed({ signer: own, ...curve, keyInfo: bySerial('CN=Another CA') }))).toBe(
      'credentials_invalid',
    );
  });

  it('that were pinned while the serial number alone counted are found as before', async () => {
    const old = makeCertificate({ subject: 'Older CA', serial: 1, key: 'p256' });
    await pin(north, 'north-older', old);
    await world.database.pool.query(
      `update login_key set key = 'serial:1' where user_name_key = 'north-older' and key like 'issuer_serial:%'`,
    );
    await hear('north-older');
    const keyInfo = bySerial('CN=Older CA');
    expect(await outcomeOf(signed({ signer: old, ...curve, keyInfo }))).toBe('success');
  });
});
