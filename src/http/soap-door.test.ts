import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { lisEndpoints, lisPrefixes, loadWsdls, services } from '../dialects/lis2/index.ts';
import type { Outcome } from '../domain/outcome.ts';
import { GatewayError } from '../domain/problem.ts';
import { presets } from '../domain/source-system.ts';
import { effectiveVariables } from '../domain/variables.ts';
import type { Message, SourceSystem, SubmissionResult, Translate, Translation } from '../pipeline/ports.ts';
import { createRemoteOf } from './remote.ts';
import { createSoapDoor } from './soap-door.ts';

const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const soap12 = 'http://www.w3.org/2003/05/soap-envelope';
const limitBytes = 1_000_000;

/** A gateway that does what the test says, after translating as a real one would. */
let behaviour: (message: Message, translation: () => Translation) => Partial<Outcome>;
let submitted: Message[] = [];
const gateway = {
  submit(message: Message, translate: Translate): Promise<SubmissionResult> {
    submitted.push(message);
    return Promise.resolve().then(() => {
      const outcome = behaviour(message, () => translate(source));
      const done: Outcome = {
        entity: 'user',
        kind: 'person',
        verb: 'replace',
        sourcedId: '1',
        status: 'created',
        problems: [],
        ...outcome,
      };
      return { messageId: message.id, outcomes: [done] };
    });
  },
};
const lines: { level: string; fields: Record<string, unknown>; message: string }[] = [];
const log = Object.fromEntries(
  ['info', 'warn', 'error'].map((level) => [
    level,
    (fields: Record<string, unknown>, message: string) => lines.push({ level, fields, message }),
  ]),
);

const source: SourceSystem = {
  id: 1,
  organizationId: 1,
  code: 'sis',
  name: 'SIS',
  state: 'enabled',
  rank: 100,
  options: presets.lis,
  variables: effectiveVariables(),
  orgUnitTypes: new Map(),
  roles: new Set(),
};

let server: Server;
let port: number;

beforeAll(async () => {
  const endpoints = lisEndpoints(await loadWsdls());
  const app = express();
  app.use(
    createSoapDoor({
      gateway,
      endpoints,
      prefixes: lisPrefixes,
      bareAddresses: ['/enterprise', '/lis/record'],
      limits: { bodyBytes: limitBytes },
      remoteOf: createRemoteOf([]),
      log: log as never,
    }),
  );
  app.use((_, response) => void response.status(404).send('nothing here'));
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(() => void server.close());

beforeEach(() => {
  behaviour = (_, translate) => {
    translate();
    return {};
  };
  submitted = [];
  lines.length = 0;
});

type Answer = { status: number; headers: Headers; text: string };

async function post(
  body: string | Buffer,
  options: { path?: string; headers?: Record<string, string>; method?: string } = {},
): Promise<Answer> {
  const { path = '/lis/mms', headers = { 'content-type': 'text/xml; charset=utf-8' }, method = 'POST' } = options;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers,
    ...(method === 'POST' ? { body } : {}),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const deletion = '<deleteMembershipRequest xmlns="urn:x"><sourcedId>M-1</sourcedId></deleteMembershipRequest>';
const envelope = (body = deletion, header = '', namespace = soap11): string =>
  `<s:Envelope xmlns:s="${namespace}"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;

describe('a SOAP message', () => {
  it('is handed to the gateway and answered with the result, under one id', async () => {
    const answer = await post(
      envelope(
        deletion,
        '<imsx_syncRequestHeaderInfo xmlns="urn:x"><imsx_messageIdentifier>7</imsx_messageIdentifier></imsx_syncRequestHeaderInfo>',
      ),
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    const id = answer.headers.get('passerelle-message-id');
    expect(answer.text).toContain(`<imsx_messageIdentifier>${id}</imsx_messageIdentifier>`);
    expect(answer.text).toContain('<imsx_messageRefIdentifier>7</imsx_messageRefIdentifier>');
    expect(answer.text).toContain('<deleteMembershipResponse xmlns="urn:x"/>');
    expect(submitted).toMatchObject([
      {
        id,
        door: 'soap',
        method: 'POST',
        path: '/lis/mms',
        remote: { loopback: true, secure: false },
        soapHeaders: [{ name: 'imsx_syncRequestHeaderInfo' }],
      },
    ]);
    expect(submitted[0]?.headers['content-type']).toBe('text/xml; charset=utf-8');
    expect(lines).toMatchObject([
      {
        level: 'info',
        message: 'message answered',
        fields: { messageId: id, operation: 'deleteMembership', outcome: 'created' },
      },
    ]);
  });

  it('of SOAP 1.2 is answered in SOAP 1.2', async () => {
    const answer = await post(envelope(deletion, '', soap12), { headers: { 'content-type': 'application/soap+xml' } });
    expect(answer.headers.get('content-type')).toBe('application/soap+xml; charset=utf-8');
    expect(answer.text).toContain(`xmlns:soap="${soap12}"`);
  });

  it.each([
    '/lis/pms',
    '/LIS/MMS/',
    '/lis/mms?lang=en_us',
    '/lis/cms/sections',
    '/d2l/im/ipsis/lis/mmsv2p0/MembershipManagementServices.svc',
    '/D2L/IM/IPSIS/LIS/OMSV1P0/resultmanagementservices.svc',
  ])('is answered at %s, whichever service it is for', async (path) => {
    expect(await post(envelope(), { path })).toMatchObject({
      status: 200,
      text: expect.stringContaining('fullsuccess'),
    });
  });

  it.each([{}, { 'content-type': '' }, { 'content-type': 'application/xml' }, { 'content-type': 'TEXT/XML' }])(
    'needs no particular content type: %j',
    async (headers) => {
      expect((await post(Buffer.from(envelope()), { headers: headers })).status).toBe(200);
    },
  );

  it('about a record that is refused is a normal response', async () => {
    const answer = await post(envelope('<replaceMembershipRequest/>'));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<imsx_codeMajor>failure</imsx_codeMajor>');
    expect(answer.text).toContain(`<replaceMembershipResponse xmlns="${services.mms.namespace}"/>`);
    expect(lines).toMatchObject([{ level: 'info', fields: { outcome: 'rejected', problems: ['incomplete_data'] } }]);
  });

  it('of an operation that is not offered is answered in the words of its service', async () => {
    expect((await post(envelope('<ignoreBulkDataExchangeRequest/>'), { path: '/lis/bdems' })).text).toContain(
      'unsupportedLISoperation',
    );
    expect((await post(envelope('<flyToTheMoon/>'), { path: '/lis/pms' })).text).toContain('unsupportedLISIOperation');
  });
});

describe('a refused message', () => {
  const refuse = (...of: ConstructorParameters<typeof GatewayError>): void => {
    behaviour = () => {
      throw new GatewayError(...of);
    };
  };

  it.each([
    ['malformed XML', '<a', 500, 'soap:Client', 'malformed_xml'],
    ['nothing', '', 500, 'soap:Client', 'malformed_xml'],
    ['no envelope', '<a/>', 500, 'soap:Client', 'malformed_envelope'],
    ['an empty Body', envelope(''), 500, 'soap:Client', 'malformed_envelope'],
    [
      'an unknown SOAP version',
      envelope(deletion, '', 'urn:soap-3'),
      500,
      'soap:VersionMismatch',
      'malformed_envelope',
    ],
    ['a DOCTYPE', `<!DOCTYPE a [<!ENTITY x "y">]>${envelope()}`, 500, 'soap:Client', 'forbidden_xml'],
    ['50,000 levels', envelope('<a>'.repeat(50_000) + '</a>'.repeat(50_000)), 500, 'soap:Client', 'forbidden_xml'],
    ['broken UTF-8', Buffer.concat([Buffer.from('<a>'), Buffer.from([0xff])]), 500, 'soap:Client', 'bad_encoding'],
  ])('for %s is a fault, and the gateway never sees it', async (_, body, status, faultcode, code) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(`<faultcode>${faultcode}</faultcode>`);
    expect(answer.text).toContain(`<code>${code}</code>`);
    expect(answer.text).toContain(`<messageId>${answer.headers.get('passerelle-message-id')}</messageId>`);
    expect(submitted).toEqual([]);
    expect(lines).toMatchObject([{ level: 'warn', message: 'message refused', fields: { code } }]);
  });

  it('that cannot be read goes through the gateway where HTTP tells who sent it, so that it is kept', async () => {
    const headers = { 'content-type': 'text/xml', authorization: 'Basic eDp5' };
    expect((await post('<a', { headers })).text).toContain('<code>malformed_xml</code>');
    expect(submitted).toMatchObject([{ body: Buffer.from('<a'), soapHeaders: [] }]);
    refuse('credentials_invalid', 'Not accepted.');
    const stranger = await post('<a', { headers });
    expect([stranger.status, stranger.text.includes('malformed_xml')]).toEqual([401, false]);
  });

  it('for a record without an Envelope names the addresses that take such', async () => {
    const { status, text } = await post('<enterprise><person/></enterprise>');
    expect([status, text.includes('is taken at /enterprise and /lis/record') || text]).toEqual([500, true]);
  });

  it('is a SOAP 1.2 fault where the content type or the envelope says so', async () => {
    const byType = await post('<a', { headers: { 'content-type': 'application/soap+xml' } });
    expect(byType).toMatchObject({ status: 400, text: expect.stringContaining('soap:Sender') });
    expect(await post(envelope('', '', soap12))).toMatchObject({
      status: 400,
      text: expect.stringContaining('soap:Sender'),
    });
  });

  it.each([
    ['JSON', 'application/json', {}],
    ['attachments', 'multipart/related; boundary=x', {}],
    ['compression', 'text/xml', { 'content-encoding': 'gzip' }],
  ])('for its media type (%s) is 415', async (_, type, headers) => {
    const body = 'content-encoding' in headers ? gzipSync(envelope()) : envelope();
    expect(await post(body, { headers: { 'content-type': type, ...headers } })).toMatchObject({
      status: 415,
      text: expect.stringContaining('unsupported_media_type'),
    });
  });

  it('for a mandatory header that nobody knows is a MustUnderstand fault', async () => {
    const action = '<a:Action xmlns:a="urn:addressing" s:mustUnderstand="1">x</a:Action>';
    const answer = await post(envelope(deletion, action));
    expect(answer).toMatchObject({
      status: 500,
      text: expect.stringContaining('<faultcode>soap:MustUnderstand</faultcode>'),
    });
    expect(answer.text).toContain('{urn:addressing}Action');
    expect((await post(envelope(deletion, action, soap12))).text).toContain(
      '<soap:NotUnderstood qname="block:Action" xmlns:block="urn:addressing"/>',
    );
    expect(submitted).toEqual([]);
    expect((await post(envelope(deletion, action.replace('"1"', '"0"')))).status).toBe(200);
  });

  it('leaves a mandatory Security header to the authenticators, and knows its own header', async () => {
    const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
    const headers = `<w:Security xmlns:w="${wsse}" s:mustUnderstand="1"/><imsx_syncRequestHeaderInfo xmlns="urn:x" s:mustUnderstand="1"/>`;
    expect((await post(envelope(deletion, headers))).status).toBe(200);
    expect((await post(envelope(deletion, '<Security xmlns="urn:other" s:mustUnderstand="1"/>'))).text).toContain(
      'MustUnderstand',
    );
  });

  it('for its credentials is asked for Basic, where it used that or nothing', async () => {
    refuse('credentials_missing', 'No credentials.');
    const missing = await post(envelope());
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="Passerelle", charset="UTF-8"',
    ]);
    expect(missing.text).toContain('wsse:FailedAuthentication');
    refuse('credentials_invalid', 'Not accepted.');
    const basic = await post(envelope(), { headers: { 'content-type': 'text/xml', authorization: 'Basic eDp5' } });
    expect(basic.status).toBe(401);
    const token = await post(envelope(deletion, '<w:Security xmlns:w="urn:w"/>'));
    expect([token.status, token.headers.get('www-authenticate')]).toEqual([500, null]);
  });

  it('by a busy gateway says when to come again', async () => {
    refuse('busy', 'Busy.', { retryAfterS: 2.3 });
    const answer = await post(envelope());
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3']);
    expect(answer.text).toContain('soap:Server');
    refuse('busy', 'Busy.');
    expect((await post(envelope())).headers.get('retry-after')).toBe('1');
  });

  it('by a mistake of ours tells the message id and nothing else', async () => {
    behaviour = () => {
      throw new TypeError('secret detail');
    };
    const answer = await post(envelope());
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret detail');
    expect(answer.text).toContain(`Give the message id ${answer.headers.get('passerelle-message-id')}`);
    expect(lines).toMatchObject([{ level: 'error', message: 'message failed' }]);
  });

  it('by an outcome that only a fault can say is a fault', async () => {
    behaviour = () => ({ status: 'failed', problems: [{ code: 'busy', message: 'Again, please.' }] });
    expect(await post(envelope())).toMatchObject({ status: 503, text: expect.stringContaining('Again, please.') });
  });

  it('whose sender goes away is not processed', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /lis/mms HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 1000\r\n\r\n<a>');
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([submitted, lines]).toEqual([[], []]);
  });
});

describe('an address at which there is no service', () => {
  it.each(['/lis/nope', '/LIS/mms/x/', '/d2l/im/ipsis/lis/pmsv2p0/Nope.svc'])('is told in SOAP: %s', async (path) => {
    const answer = await post(envelope(), { path });
    expect(answer).toMatchObject({ status: 404, text: expect.stringContaining('<faultcode>soap:Client</faultcode>') });
    expect(answer.text).toMatch(/<code>not_found<\/code>/);
    expect(answer.text).toContain(path.startsWith('/d2l') ? 'PersonManagementServices.svc' : '/lis/mms');
    const newer = await post(envelope(), { path, headers: { 'content-type': 'application/soap+xml' } });
    expect([newer.status, newer.text.includes(soap12)]).toEqual([404, true]);
    expect(submitted).toEqual([]);
    expect(lines).toMatchObject([{ fields: { code: 'not_found', path } }, { fields: { code: 'not_found' } }]);
  });

  it('is left to others when it is not below the SOAP services, or no XML was posted', async () => {
    const others = [
      post(envelope(), { path: '/listen' }),
      post('{}', { path: '/lis/nope', headers: { 'content-type': 'application/json' } }),
      post('', { path: '/lis/nope', method: 'GET' }),
    ];
    for (const { status, text } of await Promise.all(others)) expect([status, text]).toEqual([404, 'nothing here']);
  });
});

describe('a message over the limit', () => {
  const tooLarge = { status: 413, text: expect.stringContaining('<code>payload_too_large</code>') };

  it('is refused whether it tells its size or not, and the limit is in the answer', async () => {
    expect(await post('x'.repeat(limitBytes + 1))).toMatchObject(tooLarge);
    expect(await streamed(limitBytes + 1)).toMatchObject(tooLarge);
    expect((await post('x'.repeat(limitBytes + 1))).text).toContain('limit of 1000000 bytes');
    expect(submitted).toEqual([]);
  });

  it('of 100 MB is refused without being held', async () => {
    const before = await heldBytes();
    const { held, ...answer } = await streamed(100_000_000);
    expect(answer).toMatchObject(tooLarge);
    expect(held - before).toBeLessThan(10_000_000);
  });

  /** What buffers hold in this process once those that nobody refers to are gone. */
  async function heldBytes(): Promise<number> {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    // What a collection finds is given back by a later one, when the memory of it has been swept.
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return process.memoryUsage().arrayBuffers;
  }

  /** Sends so many bytes in chunks, without saying how many, to the end; only then looks at the answer. */
  async function streamed(bytes: number): Promise<{ status: number; text: string; held: number }> {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (part) => (text += String(part)));
    socket.write('POST /lis/mms HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = Buffer.concat([Buffer.from('186a0\r\n'), Buffer.alloc(100_000, ' '), Buffer.from('\r\n')]);
    for (let sent = 0; sent < bytes; sent += 100_000) if (!socket.write(chunk)) await once(socket, 'drain');
    const held = await heldBytes();
    // The connection is still good for another request.
    socket.write('0\r\n\r\nGET /lis/pms HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(text).toContain('HTTP/1.1 405');
    return { status: Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1]), text, held };
  }
});

describe('the description of a service', () => {
  it('names the address at which it was asked for', async () => {
    for (const path of ['/lis/cms/sections', '/d2l/im/ipsis/lis/cmsv1p0/CourseSectionManagementServices.svc']) {
      const answer = await post('', { method: 'GET', path: `${path}?wsdl` });
      expect(answer.headers.get('content-type')).toBe('text/xml; charset=utf-8');
      expect(answer.text.match(/soap:address location="([^"]+)"/g)).toEqual(
        Array(4).fill(`soap:address location="http://127.0.0.1:${port}${path}"`),
      );
    }
    expect((await post('', { method: 'GET', path: '/lis/pms?singleWsdl' })).text).toContain(
      'PersonManagementServiceSyncService',
    );
    expect((await post('', { method: 'GET', path: '/lis/pms?xsd=1' })).text).toMatch(/^<\?xml[^>]+>\n<xs:schema /);
    expect(await post('', { method: 'HEAD', path: '/lis/pms?WSDL' })).toMatchObject({ status: 200, text: '' });
  });

  it.each([
    ['GET', '/lis/pms'],
    ['GET', '/lis/pms?wsdlish'],
    ['PUT', '/lis/pms'],
    ['DELETE', '/lis/pms?wsdl'],
  ])('%s %s is not allowed', async (method, path) => {
    const answer = await post('', { method, path });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
    expect(answer.text).toContain('?wsdl');
  });
});
