import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import soap from 'soap';
import { services } from '../../src/dialects/lis2/index.ts';
import type { EndpointSecrets } from '../../src/domain/endpoint.ts';
import { pathOfPublished, readPublished } from '../../src/formats/wsdl/index.ts';
import { makeCertificate } from '../../src/testing/certificates.ts';
import { callerWith, endpointAt, requestBulk } from '../outbound/world.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

const credentials = '/api/v1/source-systems/sis/credentials';
const signer = makeCertificate({ subject: 'gateway' });
const pair = { privateKey: signer.key, certificate: signer.cert };

/** A gateway of ours on the other side: what its authenticators accept is what a SIS of any make accepts. */
describe('a gateway as the SIS', () => {
  let world: ApiWorld;
  let north: Tenant;
  const secrets: Record<string, EndpointSecrets> = {};
  const gms = { wsdl: pathOfPublished('lis2', 'gms.wsdl'), service: services.gms };
  const timeouts = { connectTimeoutMs: 20_000, timeoutMs: 20_000 };

  beforeAll(async () => {
    world = await createApiWorld();
    north = await world.tenant('north');
    const login = async (userName: string, body: object) => {
      const { secret } = (await north.admin.post(credentials, { userName, ...body })).body;
      await world.access.hear(JSON.stringify({ kind: 'login', userName }));
      return { userName, password: secret };
    };
    const password = await login('outbound', { kind: 'sealed' });
    secrets['http-basic'] = secrets['wss-password-text'] = secrets['wss-password-digest'] = password;
    await login('outbound', { kind: 'certificate', certificate: signer.cert });
    secrets['wss-signed'] = { ...pair, ...password };
  });
  afterAll(() => world.close());

  const group = (id: string) => ({
    groupRecord: {
      group: {
        description: { shortDescription: 'Spring <&> é' },
        groupType: {
          typevalue: { level: '1', type: 'TERM' },
          scheme: { textString: 'X', language: 'en' },
        },
      },
      sourcedGUID: { sourcedId: id },
    },
    sourcedId: id,
  });

  const call = (
    authentication: string,
    soapVersion: '1.1' | '1.2',
    given: EndpointSecrets,
    operation: string,
    body: object,
  ) =>
    callerWith({ contracts: { gms } }).call(
      endpointAt(`${world.url}/lis/gms`, { authentication, soapVersion, ...timeouts }),
      given,
      { contract: 'gms', operation, body: { ...body }, messageIdentifier: 'm-1' },
    );

  const ways = ['http-basic', 'wss-password-text', 'wss-password-digest', 'wss-signed'].flatMap((name) => [
    [name, '1.1'] as const,
    [name, '1.2'] as const,
  ]);

  test.each(ways)('takes what is proven by %s, in SOAP %s', async (name, version) => {
    const id = `G-${name}-${version}`;
    const written = await call(name, version, secrets[name] ?? {}, 'replaceGroup', group(id));
    expect(written.problem).toBeUndefined();
    expect((await north.sis.get(`/sis/v1/org-units/${id}?kind=group`)).status).toBe(200);
    const read = await call(name, version, secrets[name] ?? {}, 'readGroup', { sourcedId: id });
    expect(read.answer).toMatchObject({
      groupRecord: {
        sourcedGUID: { sourcedId: id },
        group: { description: { shortDescription: 'Spring <&> é' } },
      },
    });
  });

  test('takes what is signed without a UsernameToken', async () => {
    const read = await call('wss-signed', '1.1', pair, 'readGroup', { sourcedId: 'G-http-basic-1.1' });
    expect(read.problem).toBeUndefined();
  });

  test.each(ways)('and refuses what %s does not prove, in SOAP %s', async (name, version) => {
    const stranger = makeCertificate({ subject: 'stranger' });
    const wrong = { userName: 'outbound', password: 'wrong', privateKey: stranger.key, certificate: stranger.cert };
    const { problem } = await call(name, version, wrong, 'readGroup', { sourcedId: 'G' });
    expect(problem?.code).toBe('endpoint_authentication');
    await world.access.lockout.clearLockout('outbound', '127.0.0.1');
  });

  test('says of a connection test what is right, and writes nothing', async () => {
    const endpoint = endpointAt(`${world.url}/lis/bdems`, { authentication: 'wss-password-digest', ...timeouts });
    const before = (await north.admin.get('/api/v1/changes')).body.items.length;
    const { steps, problem } = await callerWith().test(endpoint, secrets['wss-password-digest'] ?? {}, 'm-1');
    expect(problem).toBeUndefined();
    expect(steps.map(({ step, ok }) => `${step} ${String(ok)}`)).toEqual(
      ['address', 'name', 'allowed', 'connection', 'tls', 'authentication', 'soap'].map((step) => `${step} true`),
    );
    expect(steps[5]?.detail).toContain('Without credentials, the same is refused');
    expect(steps[6]?.detail).toMatch(/unsupported|fault/);
    expect((await north.admin.get('/api/v1/changes')).body.items.length).toBe(before);
  });

  test('says of a connection test with a wrong password that it is wrong', async () => {
    const endpoint = endpointAt(`${world.url}/lis/bdems`, { authentication: 'http-basic', ...timeouts });
    const { steps, problem } = await callerWith().test(endpoint, { userName: 'outbound', password: 'wrong' }, 'm-1');
    expect(problem?.code).toBe('endpoint_authentication');
    expect(steps.at(-1)).toMatchObject({ step: 'authentication', ok: false });
    await world.access.lockout.clearLockout('outbound', '127.0.0.1');
  });
});

/** A service that somebody else's library makes of our WSDL, and whose security checks are those of its own libraries. */
describe('a SIS made with node-soap from the WSDL of what we call', () => {
  const closing: (() => void)[] = [];
  afterEach(() => closing.splice(0).forEach((close) => close()));
  const { SignedXml } = createRequire(import.meta.url)('xml-crypto') as {
    SignedXml: new (options: object) => {
      loadSignature(signature: string): void;
      checkSignature(xml: string): boolean;
      getSignedReferences(): string[];
    };
  };

  type Token = {
    UsernameToken: { Username: string; Password: { $value: string }; Nonce: { $value: string }; Created: string };
  };

  async function sisThat(judge: (security: Token, envelope: string) => boolean) {
    const received: unknown[] = [];
    const server = createServer((_, response) => void response.writeHead(404).end());
    const service = soap.listen(server, {
      path: '/bdems',
      xml: await readPublished('lis2-called', 'bdems.wsdl'),
      suppressStack: true,
      services: {
        BulkDataExchangeManagementServiceSyncService: {
          BulkDataExchangeManagerSyncSoapPort: {
            requestBulkDataExchange: (body: unknown) => {
              received.push(body);
              return {};
            },
          },
        },
      },
    });
    let envelope = '';
    service.log = (type: string, data: unknown) => {
      if (type === 'received') envelope = String(data);
    };
    service.authenticate = (security: unknown) => judge(security as Token, envelope);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { address: `http://127.0.0.1:${port}/bdems`, received };
  }

  const call = async (address: string, authentication: string, secrets: EndpointSecrets) =>
    callerWith().call(endpointAt(address, { authentication }), secrets, requestBulk);

  test('takes the digest that it works out itself', async () => {
    const sis = await sisThat(({ UsernameToken: { Username, Password, Nonce, Created } }) => {
      const expected = soap.passwordDigest(Nonce.$value, Created, 'correct-horse');
      return Username === 'gateway' && Password.$value === expected;
    });
    const given = { userName: 'gateway', password: 'correct-horse' };
    expect((await call(sis.address, 'wss-password-digest', given)).problem).toBeUndefined();
    expect(sis.received).toMatchObject([{ transactionId: 'T-1' }]);
    expect((await call(sis.address, 'wss-password-digest', { ...given, password: 'x' })).problem).toBeDefined();
    expect(sis.received).toHaveLength(1);
  });

  test('takes the signature that it verifies itself, over Body and Timestamp', async () => {
    let covered: string[] = [];
    const sis = await sisThat((_, envelope) => {
      const signed = new SignedXml({ publicCert: signer.cert, idMode: 'wssecurity' });
      signed.loadSignature(/<ds:Signature .*<\/ds:Signature>/s.exec(envelope)?.[0] ?? '');
      const holds = signed.checkSignature(envelope);
      covered = signed.getSignedReferences();
      return holds;
    });
    const { problem } = await call(sis.address, 'wss-signed', pair);
    expect(problem).toBeUndefined();
    expect(covered).toEqual([
      expect.stringContaining('Timestamp'),
      expect.stringContaining('requestBulkDataExchangeRequest'),
    ]);
  });
});
