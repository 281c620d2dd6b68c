import { afterEach, describe, expect, test } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import type { Endpoint, EndpointSecrets } from '../../src/domain/endpoint.ts';
import { makeCertificate } from '../../src/testing/certificates.ts';
import { answer, bodyOf, callerWith, endpointAt, lisAnswer, openedOthers } from '../outbound/world.ts';

const others = openedOthers();
afterEach(() => others.closeAll());

const password = { userName: 'gateway', password: 'correct-horse' };
const right = `Basic ${Buffer.from('gateway:correct-horse').toString('base64')}`;
const basic = { authentication: 'http-basic' };

async function tried(
  address: string,
  changes: Partial<Endpoint> = {},
  secrets: EndpointSecrets = password,
  egress = {},
) {
  const { steps, problem, result } = await callerWith({ egress }).test(endpointAt(address, changes), secrets, 'm-7');
  const last = steps.at(-1);
  return {
    steps: steps.map(({ step, ok }) => (ok ? step : `${step}!`)).join(' '),
    detail: last?.detail ?? '',
    details: Object.fromEntries(steps.map(({ step, detail }) => [step, detail])),
    code: problem?.code,
    result,
  };
}

const unknown = lisAnswer('unsupported', 'status', 'unsupportedLISoperation', 'what is passerelleConnectionTest?');

describe('a test of a SOAP endpoint', () => {
  test('asks for an operation that no service has, with credentials and then without, and never again', async () => {
    const seen: { authorization: string | undefined; body: string; method: string | undefined }[] = [];
    const other = await others.http((request, response) => {
      void bodyOf(request).then((body) => {
        const { authorization } = request.headers;
        seen.push({ authorization, body, method: request.method });
        answer(response, authorization === right ? unknown : '', authorization === right ? 200 : 401);
      });
    });
    const found = await tried(other.origin, { ...basic, attempts: 5 });
    expect(found.steps).toBe('address name allowed connection tls authentication soap');
    expect(found.code).toBeUndefined();
    expect(found.details.authentication).toContain('Without credentials, the same is refused');
    expect(found.detail).toContain('what is passerelleConnectionTest?');
    expect(seen.map(({ authorization }) => authorization)).toEqual([right, undefined]);
    for (const { body, method } of seen) {
      expect(method).toBe('POST');
      expect(body).toContain(
        '<soap:Body><passerelleConnectionTestRequest xmlns="http://www.imsglobal.org/services/lis/bdems1p0',
      );
    }
    for (const { body } of seen) expect(body).toContain('<imsx_messageIdentifier>m-7<');
    expect(found.result?.attempts).toMatchObject([{ status: 200 }, { status: 401 }]);
    expect(found.result?.sent.toString()).toBe(seen[0]?.body);
    expect(found.result?.received?.toString()).toBe(unknown);
  });

  test.each(['outcome', 'outcome2'] as const)(
    'of the type %s speaks to the Outcomes Management Service',
    async (type) => {
      const bodies: string[] = [];
      const other = await others.http((request, response) => {
        void bodyOf(request).then((body) => {
          bodies.push(body);
          answer(response, unknown);
        });
      });
      expect((await tried(other.origin, { type, soapVersion: '1.2' })).code).toBeUndefined();
      expect(bodies[0]).toContain('services/lis/oms1p0');
      expect(bodies[0]).toContain('http://www.w3.org/2003/05/soap-envelope');
    },
  );

  test('cannot tell whether credentials are right that nobody looks at, and says so', async () => {
    const other = await others.http((_, response) => answer(response, unknown));
    const found = await tried(other.origin, basic);
    expect(found.code).toBeUndefined();
    expect(found.details.authentication).toContain('cannot be told');
    expect((await tried(other.origin)).details.authentication).toContain('nothing to prove');
  });

  const tls = makeCertificate({ subject: 'sis', key: 'p256', hosts: ['127.0.0.1'] });
  const soapFault =
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>unknown operation</faultstring></s:Fault></s:Body></s:Envelope>';

  test.each([
    ['an address that is none', 'nonsense', {}, 'address!', 'endpoint_misconfigured'],
    [
      'an authenticator that there is not',
      'http://127.0.0.1:1',
      { authentication: 'x' },
      'address authentication!',
      'no_authenticator',
    ],
    ['a name that nobody knows', 'http://nowhere.invalid', {}, 'address name!', 'endpoint_unreachable'],
    [
      'an address that is not allowed',
      'http://169.254.169.254',
      {},
      'address name allowed!',
      'endpoint_address_not_allowed',
    ],
    [
      'a port where nothing listens',
      'http://127.0.0.1:1',
      {},
      'address name allowed connection!',
      'endpoint_unreachable',
    ],
  ] as const)('stops at %s', async (_, address, changes, steps, code) => {
    const lookup = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    const found = await tried(address, changes, password, { lookup });
    expect(found).toMatchObject({ steps, code });
    expect(found.detail.length).toBeGreaterThan(20);
  });

  test('says by which rule a name is refused, and not which address it stands for', async () => {
    const lookup = () => Promise.resolve(['10.11.12.13']);
    const found = await tried('http://sis.example.edu', {}, password, { lookup });
    expect(found).toMatchObject({ steps: 'address name allowed!', code: 'endpoint_address_not_allowed' });
    expect(found.detail).toContain('an address that is private');
    expect(JSON.stringify(found)).not.toContain('10.11.12.13');
  });

  test('stops at TLS', async () => {
    const other = await others.https({ ...tls }, (_, response) => answer(response, unknown));
    const found = await tried(other.origin);
    expect(found).toMatchObject({ steps: 'address name allowed connection tls!', code: 'endpoint_tls' });
    const trusted = await tried(other.origin, { tls: { authorities: tls.cert } });
    expect(trusted.details.tls).toContain('TLSv1.3');
  });

  const at = 'address name allowed connection tls';
  test.each([
    ['credentials that are not accepted', 401, '', `${at} authentication!`, 'endpoint_authentication'],
    ['a redirect', 301, '', `${at} authentication http!`, 'endpoint_redirect'],
    ['no such service', 404, '', `${at} authentication http!`, 'endpoint_refused'],
    ['a busy service', 503, '', `${at} authentication http!`, 'endpoint_busy'],
    ['a page', 200, '<html/>', `${at} authentication soap!`, 'endpoint_answer_unreadable'],
  ])('stops at %s', async (_, status, body, steps, code) => {
    const other = await others.http((_request, response) => answer(response, body, status));
    expect(await tried(other.origin, basic)).toMatchObject({ steps, code });
  });

  test.each([
    ['a fault', 500, soapFault],
    ['a success', 200, lisAnswer()],
    ['a LIS failure', 200, lisAnswer('failure', 'error', 'unknownoperation')],
  ])('is content with %s', async (_, status, body) => {
    const other = await others.http((_request, response) => answer(response, body, status));
    expect(await tried(other.origin, basic)).toMatchObject({ steps: `${at} authentication soap`, code: undefined });
  });
});

describe('a test of where files are fetched', () => {
  const files = { type: 'bulk_file_download', authentication: 'http-basic' } as const;
  const guarded = (status: number) => (request: IncomingMessage) =>
    request.headers.authorization === right ? status : 401;

  test.each([
    [200, undefined],
    [206, undefined],
    [404, undefined],
    [405, undefined],
    [500, 'endpoint_refused'],
    [503, 'endpoint_busy'],
  ])('asks for the address itself; HTTP %d is %s', async (status, code) => {
    const statusOf = guarded(status);
    const methods = new Set<string | undefined>();
    const other = await others.http((request, response) => {
      methods.add(request.method);
      answer(response, 'x'.repeat(100_000), statusOf(request));
    });
    const found = await tried(other.origin, files);
    expect(found.code).toBe(code);
    expect(methods).toEqual(new Set(['GET']));
    if (code === undefined) expect(found.details.authentication).toContain('Without credentials, the same is refused');
  });

  test('stops at credentials that are not accepted', async () => {
    const other = await others.http((_, response) => answer(response, '', 403));
    expect(await tried(other.origin, files)).toMatchObject({ code: 'endpoint_authentication' });
  });
});
