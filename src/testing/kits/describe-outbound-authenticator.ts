import { describe, expect, test } from '@jest/globals';
import type { Endpoint, EndpointSecrets } from '../../domain/endpoint.ts';
import { GatewayError } from '../../domain/problem.ts';
import { parseXml } from '../../formats/xml/index.ts';
import type { OutboundAuthenticator, OutboundRequest } from '../../pipeline/outbound.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { deepFreeze } from './listed.ts';

export interface OutboundExamples {
  /** All that it needs, and sound. */
  readonly secrets: EndpointSecrets;
  /** As the other side judges a request that was made ready: is it from who holds the secrets? */
  isProof(request: OutboundRequest): boolean | Promise<boolean>;
  /** Secrets that it cannot use, and the reason that must say so. */
  readonly misconfigured?: readonly { readonly name: string; readonly secrets: EndpointSecrets }[];
}

const secretNames: readonly (keyof EndpointSecrets)[] = ['userName', 'password', 'privateKey', 'certificate'];
const soap = { '1.1': 'http://schemas.xmlsoap.org/soap/envelope/', '1.2': 'http://www.w3.org/2003/05/soap-envelope' };
const record = '<record xmlns="urn:example">é &lt; ł &#38; \u{1F393}<empty/> <p:x xmlns:p="urn:p" p:a="1"/></record>';
const at = new Date('2026-03-01T10:00:00.123Z');

/**
 * The conformance kit of outbound authenticators: says what it is and what it needs, proves what it should, changes nothing
 * of the message that is not its own, and exposes no secret that it says it keeps.
 */
export function describeOutboundAuthenticator(authenticator: OutboundAuthenticator, examples: OutboundExamples): void {
  const { secrets } = examples;
  const ready = async (request: OutboundRequest): Promise<OutboundRequest> => {
    await authenticator.authenticate(request, at);
    return request;
  };
  const requests = (): OutboundRequest[] => [
    sampleOutbound(secrets, '1.1'),
    sampleOutbound(secrets, '1.2'),
    ...(authenticator.soapOnly ? [] : [sampleOutbound(secrets)]),
  ];

  describe(`the outbound authenticator ${authenticator.name}`, () => {
    test('says what it is', () => {
      expect(authenticator.name).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
      expect(authenticator.summary).toMatch(/^[A-Z`].*\.$/);
      for (const need of authenticator.needs) expect(secretNames).toContain(need);
      for (const need of authenticator.needs) expect(secrets[need]).toBeDefined();
    });

    test('proves who the gateway is, in each version of SOAP and again in another message', async () => {
      for (const request of [...requests(), ...requests()])
        expect(await examples.isProof(await ready(request))).toBe(true);
    });

    test('leaves the Body, the other headers and the endpoint alone', async () => {
      for (const request of requests()) {
        const before = structuredClone({ ...request, secrets: {} });
        const { body, headers, method } = await ready(request);
        expect(method).toBe(before.method);
        expect(headers).toMatchObject(before.headers);
        if (before.body === undefined) expect(body).toBeUndefined();
        else expect(partsOf(body)).toEqual(partsOf(before.body));
      }
    });

    test('exposes no secret, unless it says so', async () => {
      if (authenticator.exposesSecret) return;
      for (const request of requests()) {
        const { body = '', headers } = await ready(request);
        const sent = JSON.stringify(headers) + body;
        for (const secret of [secrets.password, secrets.privateKey].filter((each) => each !== undefined)) {
          expect(sent).not.toContain(secret);
          expect(sent).not.toContain(Buffer.from(secret).toString('base64'));
        }
      }
    });

    for (const { name, secrets: wrong } of examples.misconfigured ?? [])
      test(`says what is wrong with ${name}`, async () => {
        const request = sampleOutbound(wrong, authenticator.soapOnly ? '1.1' : undefined);
        const refused = await ready(request).catch((error: unknown) => error);
        expect(refused).toBeInstanceOf(GatewayError);
        expect(refused).toMatchObject({ code: 'endpoint_misconfigured' });
        for (const secret of Object.values(wrong)) expect((refused as GatewayError).message).not.toContain(secret);
        const { checkSecrets } = authenticator;
        if (checkSecrets !== undefined) expect(() => checkSecrets(wrong)).toThrow((refused as GatewayError).message);
      });

    test('finds nothing wrong with sound secrets when an endpoint is set', () => {
      expect(() => authenticator.checkSecrets?.(secrets)).not.toThrow();
    });
  });
}

/** A request as authenticators see it: a SOAP message, or a download where no version is given. */
export function sampleOutbound(secrets: EndpointSecrets, soapVersion?: '1.1' | '1.2'): OutboundRequest {
  const endpoint: Endpoint = {
    id: '01900000-0000-7000-8000-000000000000',
    type: soapVersion === undefined ? 'bulk_file_download' : 'bulk',
    address: 'https://sis.example.edu/lis',
    authentication: 'example',
    soapVersion: soapVersion ?? '1.1',
    connectTimeoutMs: 1_000,
    timeoutMs: 1_000,
    attempts: 1,
    tls: {},
  };
  const given = { endpoint: deepFreeze(endpoint), secrets: deepFreeze(secrets) };
  if (soapVersion === undefined) return { ...given, method: 'GET', headers: { accept: '*/*' } };
  const envelope = `<s:Envelope xmlns:s="${soap[soapVersion]}"><s:Header><h xmlns="urn:example"/></s:Header><s:Body>${record}</s:Body></s:Envelope>`;
  return {
    ...given,
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
    body: `<?xml version="1.0" encoding="utf-8"?>${envelope}`,
  };
}

/** What an authenticator has no business with: the header blocks of others, and what is in the Body. */
function partsOf(envelope = ''): (ElementView | undefined)[] {
  const { children } = parseXml(Buffer.from(envelope));
  const header = children.find(({ name }) => name === 'Header');
  const body = children.find(({ name }) => name === 'Body');
  return [header?.children.find(({ name }) => name === 'h'), body?.children[0]];
}
