import { afterEach, describe, expect, test } from '@jest/globals';
import { viewBody } from '../../src/http/redaction/view-body.ts';
import { partsOf, validate } from '../soap/published-schemas.ts';
import {
  answer,
  bodyOf,
  callerWith,
  endpointAt,
  lisAnswer,
  type Logged,
  openedOthers,
  requestBulk,
} from '../outbound/world.ts';

const others = openedOthers();
afterEach(() => others.closeAll());

const secrets = { userName: 'gateway', password: 'correct-horse' };

describe('a call', () => {
  test.each(['1.1', '1.2'] as const)('sends what the schema of the service has, in SOAP %s', async (soapVersion) => {
    const seen: { headers: NodeJS.Dict<string | string[]>; body: string; url: string }[] = [];
    const other = await others.http((request, response) => {
      void bodyOf(request).then((body) => {
        seen.push({ headers: request.headers, body, url: request.url ?? '' });
        answer(response, lisAnswer());
      });
    });
    const endpoint = endpointAt(`${other.origin}/bdems?tenant=7`, { soapVersion });
    // In another order than the schema's, with what needs escaping and what XML cannot hold.
    const body = { filter: { filterRule: [{ filterValue: 'a<&\u0001>"b', filterType: 't' }] }, transactionId: 'T-1' };
    const result = await callerWith().call(endpoint, {}, { ...requestBulk, body });
    expect(result).toMatchObject({ status: 200, answer: {} });
    expect(result.problem).toBeUndefined();
    expect(result.attempts).toHaveLength(1);
    const [request] = seen;
    expect(request?.url).toBe('/bdems?tenant=7');
    expect(result.sent.toString()).toBe(request?.body);
    expect(result.received?.toString()).toBe(lisAnswer());
    const action = 'http://www.imsglobal.org/soap/lis/bdems1p0/requestBulkDataExchange';
    expect(request?.headers).toMatchObject({
      host: `127.0.0.1:${other.port}`,
      ...(soapVersion === '1.1'
        ? { 'content-type': 'text/xml; charset=utf-8', soapaction: `"${action}"` }
        : { 'content-type': `application/soap+xml; charset=utf-8; action="${action}"` }),
    });
    const parts = partsOf(request?.body ?? '');
    expect(parts).toHaveLength(2);
    for (const part of parts) validate(part);
    expect(request?.body).toContain('<filterType>t</filterType><filterValue>a&lt;&amp;\ufffd');
  });

  test('notes in what charset it was answered, of the kept answer only', async () => {
    const type = 'text/xml; charset=ISO-8859-1';
    const received = Buffer.from(lisAnswer('failure', 'error', 'x', 'Université'), 'latin1');
    const other = await others.http((_, response) => {
      response.writeHead(200, { 'content-type': type }).end(received);
    });
    const endpoint = endpointAt(other.origin, { authentication: 'http-basic' });
    const called = await callerWith().call(endpoint, secrets, requestBulk);
    expect(called.problem?.message).toContain('Université');
    expect(called).toMatchObject({ received, attempts: [{ answerType: type }] });
    const { result } = await callerWith().test(endpoint, secrets, 'm-7');
    expect(result?.attempts.map(({ answerType }) => answerType)).toEqual([type, undefined]);
  });

  test('gives what the service answers as plain values', async () => {
    const other = await others.http((_, response) => {
      const body = '<r xmlns="urn:x"><one> 1 </one><many>a</many><many>b</many><deep><x/></deep></r>';
      answer(response, lisAnswer().replace(/<s:Body>.*<\/s:Body>/, `<s:Body>${body}</s:Body>`));
    });
    const { answer: said } = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(said).toEqual({ one: '1', many: ['a', 'b'], deep: { x: '' } });
  });

  test.each([
    ['a warning', lisAnswer('success', 'warning', 'partialdatastorage'), 200],
    ['processing, in capitals', lisAnswer('Processing', 'Status', ''), 200],
    ['no LIS header', lisAnswer().replace(/<s:Header>.*<\/s:Header>/, ''), 200],
    ['an empty Body', lisAnswer().replace(/<s:Body>.*<\/s:Body>/, '<s:Body/>'), 200],
    ['nothing, as accepted', '', 202],
  ])('succeeds with %s', async (_, body, status) => {
    const other = await others.http((_request, response) => answer(response, body, status));
    const result = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(result.problem).toBeUndefined();
  });
});

describe('an answer that is no success', () => {
  const fault = (code: string, text: string) =>
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>${code}</faultcode><faultstring>${text}</faultstring></s:Fault></s:Body></s:Envelope>`;
  const fault12 =
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>wsse:FailedAuthentication</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">who?</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>';

  test.each([
    [
      'a LIS failure',
      200,
      lisAnswer('failure', 'status', 'invaliddata', 'no such rule'),
      'endpoint_refused',
      'no such rule',
    ],
    ['a LIS failure in capitals', 200, lisAnswer('Failure', 'Status', 'x'), 'endpoint_refused', 'Failure / Status / x'],
    ['unsupported', 200, lisAnswer('unsupported', 'status', 'y'), 'endpoint_refused', 'unsupported'],
    ['a LIS failure with HTTP 500', 500, lisAnswer('failure', 'error', 'z', 'broken'), 'endpoint_refused', 'broken'],
    ['a busy target', 200, lisAnswer('failure', 'status', 'targetisbusy'), 'endpoint_busy', 'targetisbusy'],
    ['a fault', 500, fault('soap:Server', 'out of cheese'), 'endpoint_refused', 'soap:Server: out of cheese'],
    ['a fault with HTTP 200', 200, fault('soap:Client', 'no'), 'endpoint_refused', 'soap:Client: no'],
    ['a fault of WS-Security', 500, fault('wsse:FailedAuthentication', 'no'), 'endpoint_authentication', 'clocks'],
    ['one of SOAP 1.2', 400, fault12, 'endpoint_authentication', 'who?'],
    ['a fault with HTTP 503', 503, fault('soap:Server', 'later'), 'endpoint_busy', 'later'],
    ['HTTP 404', 404, '<html><p>no</html>', 'endpoint_refused', 'no such service'],
    ['HTTP 500 and nothing', 500, '', 'endpoint_refused', 'HTTP 500'],
    ['HTTP 200 and nothing', 200, '', 'endpoint_answer_unreadable', 'empty'],
    ['a page', 200, '<!DOCTYPE html><html><br></html>', 'endpoint_answer_unreadable', 'DOCTYPE'],
    ['other XML', 200, '<hello/>', 'endpoint_answer_unreadable', '<hello>'],
    ['an entity bomb', 200, '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'endpoint_answer_unreadable', 'DOCTYPE'],
    ['a deep answer', 200, '<a>'.repeat(5_000), 'endpoint_answer_unreadable', 'deep'],
    ['half an answer', 200, lisAnswer().slice(0, 300), 'endpoint_answer_unreadable', 'well-formed'],
  ])('%s', async (_, status, body, code, text) => {
    const other = await others.http((_request, response) => answer(response, body, status));
    const result = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(result.problem).toEqual({ code, message: expect.stringContaining(text) });
    expect(result).toMatchObject({ status, attempts: [{ status, problem: { code } }] });
    expect(result.received?.toString()).toBe(body);
  });

  test('HTTP 401 names what is asked for', async () => {
    const other = await others.http((_, response) =>
      answer(response, '', 401, { 'www-authenticate': 'Basic realm="SIS, north", Negotiate' }),
    );
    const { problem } = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(problem).toEqual({
      code: 'endpoint_authentication',
      message: expect.stringContaining('asks for Basic, Negotiate'),
    });
  });

  test('a page for people is called so', async () => {
    const other = await others.http((_, response) => answer(response, '<p>hi', 200, { 'content-type': 'text/html' }));
    const { problem } = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(problem?.message).toContain('a page for people');
  });

  test('what was compressed unasked is not read', async () => {
    const other = await others.http((_, response) => answer(response, 'xx', 200, { 'content-encoding': 'gzip' }));
    const { problem } = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(problem).toEqual({ code: 'endpoint_answer_unreadable', message: expect.stringContaining('compressed') });
  });

  test('repeats no secret that the other side repeats', async () => {
    const logged: Logged[] = [];
    const basic = Buffer.from(`gateway:${secrets.password}`).toString('base64');
    const other = await others.http((request, response) =>
      answer(response, lisAnswer('failure', 'error', 'x', `got ${request.headers.authorization} ${secrets.password}`)),
    );
    const endpoint = endpointAt(other.origin, { authentication: 'http-basic' });
    const result = await callerWith({ logged }).call(endpoint, secrets, requestBulk);
    const said = JSON.stringify([result.problem, result.attempts, logged]);
    expect(said).toContain('[removed]');
    expect(said).not.toContain(secrets.password);
    expect(said).not.toContain(basic);
  });
});

describe('what is shown of an answer', () => {
  const hard = { userName: 'gateway', password: 'Sekrit"pw & <...>~~é' };
  const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
  const failure = (said: string) => lisAnswer('failure', 'error', 'x', said);

  test.each(['http-basic', 'wss-password-text', 'wss-password-digest'])(
    'has no secret of %s that is repeated, in the journal either',
    async (authentication) => {
      const logged: Logged[] = [];
      let proofs: string[] = [];
      const other = await others.http((request, response) => {
        void bodyOf(request).then((body) => {
          proofs = [...body.matchAll(/<wsse:(?:Password|Nonce)[^>]*>([^<]+)/g)].map(([, text = '']) => text);
          const { authorization } = request.headers;
          if (authorization !== undefined) proofs.push(authorization.slice('Basic '.length));
          answer(response, failure(escaped(`${proofs.join(' ')} ${encodeURIComponent(hard.password)} ${body}`)));
        });
      });
      const result = await callerWith({ logged }).call(endpointAt(other.origin, { authentication }), hard, requestBulk);
      const shown = JSON.stringify([result.problem, result.attempts, logged, result.received?.toString()]);
      expect(result.received?.toString()).toContain('[removed]');
      expect(result.received?.toString()).toContain('T-1');
      for (const proof of [...proofs, escaped(hard.password), 'Sekrit']) expect(shown).not.toContain(proof);
      expect(result.sent.toString()).not.toContain('Sekrit');
    },
  );

  test.each([
    ['letters as references', '&#71;&#x65;heim!42&amp;&lt;x&gt;wort'],
    ['two sections of CDATA', '<![CDATA[Gehei]]><![CDATA[m!42&<x>wort]]>'],
    ['a comment in it', 'Gehe<!-- c -->im!42&amp;&lt;x&gt;wort'],
    ['a processing instruction in it', 'Gehe<?p i?>im!42&amp;&lt;x&gt;wort'],
    ['a reference that is escaped once more', '&amp;#71;eheim!42&amp;amp;&lt;x&gt;wort'],
    ['JSON with its letters escaped', '\\u0047\\u0065heim!42&amp;&lt;x&gt;wort'],
  ])('has no secret that XML spells with %s, nor has the view of it', async (_, spelled) => {
    const secret = { userName: 'gw', password: 'Geheim!42&<x>wort' };
    const other = await others.http((_request, response) => answer(response, failure(`you sent ${spelled}`)));
    const { problem, received = Buffer.alloc(0) } = await callerWith().call(
      endpointAt(other.origin),
      secret,
      requestBulk,
    );
    const view = JSON.stringify(await viewBody({ contentType: 'text/xml', body: received }, 'text'));
    for (const shown of [problem?.message, received.toString(), view]) {
      expect(shown).toContain('you sent [removed]');
      expect(shown).not.toContain('wort');
    }
  });

  test('has no part of a secret that is cut off', async () => {
    const long = 'SekritPw1234567890abcdefghijklmnopqrstuvwxyz';
    const other = await others.http((_, response) => answer(response, failure(`${'x'.repeat(470)}${long}`)));
    const { problem } = await callerWith().call(endpointAt(other.origin), { password: long }, requestBulk);
    expect(problem?.message).toContain('xxx');
    expect(problem?.message).not.toContain('Sekrit');
  });

  test('does not tell a short password by what is missing in our own words', async () => {
    const other = await others.http((_, response) => answer(response, '<p/>', 401));
    const endpoint = endpointAt(other.origin, { authentication: 'http-basic' });
    const { problem, received } = await callerWith().call(endpoint, { userName: 'u', password: 'p' }, requestBulk);
    expect(problem?.message).toContain('does not accept the credentials');
    expect(received?.toString()).toContain('<notShown>');
  });

  test('leaves the answer itself to who called', async () => {
    const body = '<r xmlns="urn:x"><one>correct-horse</one></r>';
    const other = await others.http((_, response) =>
      answer(response, lisAnswer().replace(/<s:Body>.*<\/s:Body>/, `<s:Body>${body}</s:Body>`)),
    );
    expect(await callerWith().call(endpointAt(other.origin), secrets, requestBulk)).toMatchObject({
      answer: { one: 'correct-horse' },
    });
  });
});

test('an operation that the contract does not have, or a name that the schema does not have, is a mistake of ours', async () => {
  const call = (changes: object) =>
    callerWith().call(endpointAt('http://127.0.0.1:1'), {}, { ...requestBulk, ...changes });
  await expect(call({ operation: 'dropEverything' })).rejects.toThrow('no operation dropEverything');
  await expect(call({ contract: 'cms' })).rejects.toThrow('no contract cms');
  await expect(call({ body: { transaktion: 'x' } })).rejects.toThrow('no element transaktion');
});
