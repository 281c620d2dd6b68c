import { afterEach, describe, expect, test } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { networkInterfaces } from 'node:os';
import { partsOf, validate } from '../soap/published-schemas.ts';
import {
  answer,
  bodyOf,
  callerWith,
  endpointAt,
  handClock,
  impatientClock,
  lisAnswer,
  type Logged,
  neverMs,
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

describe('hostile answers', () => {
  test('a redirect is never followed, and says where it points', async () => {
    const trap = await others.http(() => expect(true).toBe(false));
    for (const to of ['http://169.254.169.254/latest/meta-data', `${trap.origin}/x`]) {
      const other = await others.http((_, response) => answer(response, '', 307, { location: to }));
      const { problem } = await callerWith().call(endpointAt(other.origin, { attempts: 3 }), {}, requestBulk);
      expect(problem).toEqual({ code: 'endpoint_redirect', message: expect.stringContaining(to) });
    }
  });

  test('a huge answer is cut off where the limit is', async () => {
    let written = 0;
    const other = await others.http((_, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20))) written += 65_536;
        written += 65_536;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const result = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(result.problem).toEqual({
      code: 'endpoint_answer_unreadable',
      message: expect.stringContaining('4194304 bytes'),
    });
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  test('an answer that says to be huge is not read at all', async () => {
    const other = await others.http((_, response) =>
      response.writeHead(200, { 'content-length': '999999999999' }).write('<'),
    );
    const { problem } = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(problem?.code).toBe('endpoint_answer_unreadable');
  });

  test('headers without end are not read', async () => {
    const other = await others.tcp((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${`X-Pad: ${'x'.repeat(1_000)}\r\n`.repeat(200)}`);
    });
    const { problem } = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(problem).toEqual({ code: 'endpoint_answer_unreadable', message: expect.stringContaining('headers') });
  });

  test('what is not HTTP is not read', async () => {
    const other = await others.tcp((socket) => void socket.end('220 mail.example.edu ESMTP\r\n'));
    const { problem } = await callerWith().call(endpointAt(other.origin), {}, requestBulk);
    expect(problem).toEqual({ code: 'endpoint_answer_unreadable', message: expect.stringContaining('not HTTP') });
  });

  test('an answer that breaks off is no answer, and is not asked for again', async () => {
    let calls = 0;
    const other = await others.tcp((socket) => {
      calls += 1;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: text/xml\r\n\r\n<half');
    });
    const { problem } = await callerWith().call(endpointAt(other.origin, { attempts: 5 }), {}, requestBulk);
    expect(problem).toEqual({ code: 'endpoint_answer_unreadable', message: expect.stringContaining('broke off') });
    expect(calls).toBe(1);
  });

  test('an answer that drips is given up when the time is over', async () => {
    const hand = handClock();
    const headRead = Promise.withResolvers<undefined>();
    const note = () => void setImmediate(headRead.resolve, undefined);
    subscribe('undici:request:headers', note);
    const other = await others.http((_, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' }).write('<');
    });
    const endpoint = endpointAt(other.origin, { timeoutMs: 30_000, attempts: 3 });
    const calling = callerWith({ clock: hand.clock }).call(endpoint, {}, requestBulk);
    await headRead.promise;
    hand.turn(29_999);
    hand.turn(1);
    const { problem, attempts } = await calling;
    expect(problem).toEqual({
      code: 'endpoint_timeout',
      message: expect.stringContaining('did not finish its answer within 30 s'),
    });
    expect(attempts).toMatchObject([{ durationMs: 30_000, status: 200 }]);
    unsubscribe('undici:request:headers', note);
  });
});

describe('what passes is tried again', () => {
  test.each([408, 429, 502, 503, 504])('HTTP %d, with longer and longer waits', async (status) => {
    const { clock, waits } = impatientClock();
    let calls = 0;
    const other = await others.http((_, response) => {
      calls += 1;
      answer(response, calls < 4 ? '' : lisAnswer(), calls < 4 ? status : 200);
    });
    const result = await callerWith({ clock }).call(endpointAt(other.origin, { attempts: 4 }), {}, requestBulk);
    expect(result.problem).toBeUndefined();
    expect(result.attempts.map((each) => each.status)).toEqual([status, status, status, 200]);
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  test('a busy target, with the same message identifier and new credentials', async () => {
    const { clock } = impatientClock();
    const bodies: string[] = [];
    const other = await others.http((request, response) => {
      void bodyOf(request).then((body) => {
        bodies.push(body);
        answer(response, bodies.length < 2 ? lisAnswer('failure', 'status', 'targetisbusy') : lisAnswer());
      });
    });
    const endpoint = endpointAt(other.origin, { attempts: 2, authentication: 'wss-password-digest' });
    expect((await callerWith({ clock }).call(endpoint, secrets, requestBulk)).problem).toBeUndefined();
    const nonces = bodies.map((body) => /<wsse:Nonce[^>]*>([^<]+)/.exec(body)?.[1]);
    expect(new Set(nonces).size).toBe(2);
    for (const body of bodies) expect(body).toContain('<imsx_messageIdentifier>m-1<');
  });

  test('a closed port, and at most as often as the endpoint says', async () => {
    const { clock, waits } = impatientClock();
    const other = await others.http(() => undefined);
    await other.close();
    const result = await callerWith({ clock }).call(endpointAt(other.origin, { attempts: 3 }), {}, requestBulk);
    expect(result.problem).toEqual({
      code: 'endpoint_unreachable',
      message: expect.stringContaining('nothing listens there'),
    });
    expect(result.attempts).toHaveLength(3);
    expect(waits).toEqual([1_000, 2_000]);
    expect(result.sent.toString()).toContain('requestBulkDataExchangeRequest');
  });

  test('a connection that is closed before an answer', async () => {
    const { clock } = impatientClock();
    let calls = 0;
    const other = await others.http((request, response) => {
      calls += 1;
      if (calls < 2) request.socket.destroy();
      else answer(response, lisAnswer());
    });
    const result = await callerWith({ clock }).call(endpointAt(other.origin, { attempts: 2 }), {}, requestBulk);
    expect(result.attempts).toMatchObject([{ problem: { code: 'endpoint_unreachable' } }, { status: 200 }]);
  });

  test('no answer in time', async () => {
    const hand = handClock();
    const arrived = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    let calls = 0;
    const other = await others.http(() => arrived[calls++]?.resolve(undefined));
    const endpoint = endpointAt(other.origin, { timeoutMs: 5_000, attempts: 2 });
    const calling = callerWith({ clock: hand.clock }).call(endpoint, {}, requestBulk);
    await arrived[0]?.promise;
    hand.turn(5_000);
    await settledOn(() => hand.pending().includes(1_000));
    hand.turn(1_000);
    await arrived[1]?.promise;
    hand.turn(5_000);
    const { problem, attempts } = await calling;
    expect(problem).toEqual({
      code: 'endpoint_timeout',
      message: expect.stringContaining('did not answer within 5 s'),
    });
    expect(attempts).toHaveLength(2);
  });

  test('as late as Retry-After says, if that is within bounds', async () => {
    const { clock, waits } = impatientClock();
    let calls = 0;
    const other = await others.http((_, response) => {
      calls += 1;
      answer(response, '', 503, { 'retry-after': calls < 2 ? '17' : '3600' });
    });
    const result = await callerWith({ clock }).call(endpointAt(other.origin, { attempts: 9 }), {}, requestBulk);
    expect(waits).toEqual([17_000]);
    expect(result.attempts).toHaveLength(2);
    expect(result.problem).toEqual({ code: 'endpoint_busy', message: expect.stringContaining('wait 3600 s') });
  });
});

describe('what does not pass is tried once', () => {
  test.each([400, 401, 403, 404, 409, 413, 500, 501])('HTTP %d', async (status) => {
    let calls = 0;
    const other = await others.http((_, response) => {
      calls += 1;
      answer(response, '', status);
    });
    await callerWith({ clock: impatientClock().clock }).call(
      endpointAt(other.origin, { attempts: 5 }),
      {},
      requestBulk,
    );
    expect(calls).toBe(1);
  });
});

describe('where calls may go', () => {
  const reach = async (address: string, egress = {}) => {
    const { problem } = await callerWith({ egress: { allow: [], ...egress } }).call(
      endpointAt(address, { attempts: 3 }),
      {},
      requestBulk,
    );
    return problem?.code;
  };

  test.each(['127.0.0.1', '0x7f.1', '2130706433', '017700000001', '[::ffff:127.0.0.1]', 'localhost', 'LOCALHOST.'])(
    'not to this machine, written as %s',
    async (host) => {
      const other = await others.http(() => expect(true).toBe(false));
      expect(await reach(`http://${host}:${other.port}/`)).toBe('endpoint_address_not_allowed');
    },
  );

  test('the address that was judged is the one that is called, whatever the name stands for a moment later', async () => {
    const trap = await others.http(() => expect(true).toBe(false));
    const other = await others.http((_, response) => answer(response, lisAnswer()));
    // Judged is 127.0.0.1; who looks the name up again, as a connection by name would, gets another one.
    const answers = [['127.0.0.1'], ['169.254.169.254'], ['127.0.0.2']];
    const asked: string[] = [];
    const lookup = (host: string) => {
      asked.push(host);
      return Promise.resolve(answers[asked.length - 1] ?? []);
    };
    const egress = { allow: ['127.0.0.1'], lookup };
    expect(await reach(`http://rebind.example.edu:${other.port}/`, egress)).toBeUndefined();
    expect(await reach(`http://rebind.example.edu:${other.port}/`, egress)).toBe('endpoint_address_not_allowed');
    expect(await reach(`http://rebind.example.edu:${trap.port}/`, egress)).toBe('endpoint_address_not_allowed');
    expect(asked).toHaveLength(3);
  });

  test('the next attempt is judged anew', async () => {
    const { clock } = impatientClock();
    const answers = [['127.0.0.1'], ['127.0.0.9']];
    const lookup = () => Promise.resolve(answers.shift() ?? []);
    const other = await others.http((_, response) => answer(response, '', 503));
    const caller = callerWith({ clock, egress: { allow: ['127.0.0.1'], lookup } });
    const { attempts } = await caller.call(
      endpointAt(`http://sis.example.edu:${other.port}`, { attempts: 3 }),
      {},
      requestBulk,
    );
    expect(attempts).toMatchObject([{ status: 503 }, { problem: { code: 'endpoint_address_not_allowed' } }]);
    expect(attempts).toHaveLength(2);
  });

  test('of several addresses the next is taken where one does not listen', async () => {
    const other = await others.http((_, response) => answer(response, lisAnswer()));
    const lookup = () => Promise.resolve(['127.0.0.3', '127.0.0.1']);
    expect(await reach(`http://sis.example.edu:${other.port}/`, { allow: ['127.0.0.0/8'], lookup })).toBeUndefined();
  });

  test('not through a proxy of the environment', async () => {
    const proxy = await others.http(() => expect(true).toBe(false));
    const other = await others.http((_, response) => answer(response, lisAnswer()));
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    for (const name of names) process.env[name] = name.startsWith('NODE') ? '1' : proxy.origin;
    try {
      expect(await reach(`${other.origin}/`, { allow: ['127.0.0.1'] })).toBeUndefined();
    } finally {
      for (const name of names) Reflect.deleteProperty(process.env, name);
    }
  });

  test.each([
    ['ftp://127.0.0.1/x', 'only https: and http:'],
    ['file:///etc/passwd', 'only https: and http:'],
    ['http://a:b@127.0.0.1/', 'user name or a password'],
    ['nonsense', 'not an address'],
  ])('not to %s', async (address, text) => {
    const { problem, attempts } = await callerWith().call(endpointAt(address), {}, requestBulk);
    expect(problem).toEqual({ code: 'endpoint_misconfigured', message: expect.stringContaining(text) });
    expect(attempts).toHaveLength(1);
  });

  test('nothing secret goes in clear text beyond this machine, unless the operator permits it', async () => {
    // As an address of another machine is judged: any that is not loopback.
    const outer = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    if (outer === undefined) return;
    let calls = 0;
    const other = await others.http((_, response) => {
      calls += 1;
      answer(response, lisAnswer());
    }, outer);
    const call = async (authentication: string, allowClearText: boolean) => {
      const caller = callerWith({ egress: { allow: [outer], allowClearText } });
      return (await caller.call(endpointAt(other.origin, { authentication }), secrets, requestBulk)).problem?.code;
    };
    expect(await call('http-basic', false)).toBe('clear_text_refused');
    expect(await call('wss-password-text', false)).toBe('clear_text_refused');
    expect(calls).toBe(0);
    expect(await call('http-basic', true)).toBeUndefined();
    expect(await call('wss-password-digest', false)).toBeUndefined();
  });
});

describe('an endpoint that cannot be called as it is set up', () => {
  const problemOf = async (changes: object, given = {}) =>
    (await callerWith().call(endpointAt('http://127.0.0.1:1/', changes), given, requestBulk)).problem;

  test('names an authenticator that there is not: those that there are are named', async () => {
    expect(await problemOf({ authentication: 'saml' })).toEqual({
      code: 'no_authenticator',
      message: expect.stringMatching(/"saml".*http-basic, none, tls-client-certificate, wss-password-digest/),
    });
  });

  test('lacks a secret', async () => {
    expect(await problemOf({ authentication: 'http-basic' }, { userName: 'x' })).toEqual({
      code: 'endpoint_misconfigured',
      message: expect.stringContaining('needs password'),
    });
  });

  test('shows a client certificate over http', async () => {
    const given = { privateKey: 'k', certificate: 'c' };
    expect((await problemOf({ authentication: 'tls-client-certificate' }, given))?.message).toContain('https');
  });

  test('has a plug-in that fails: a person is told, and the SIS nothing', async () => {
    const logged: Logged[] = [];
    const broken = {
      name: 'broken',
      summary: 'Breaks.',
      needs: [],
      exposesSecret: false,
      soapOnly: false,
      authenticate: () => {
        throw new TypeError('undefined is not a function');
      },
    };
    const other = await others.http(() => expect(true).toBe(false));
    const caller = callerWith({ authenticators: [broken], logged });
    const { problem } = await caller.call(endpointAt(other.origin, { authentication: 'broken' }), {}, requestBulk);
    expect(problem).toEqual({ code: 'endpoint_misconfigured', message: expect.stringContaining('broken failed') });
    expect(logged).toMatchObject([{ level: 'error', fields: { err: expect.any(TypeError) } }]);
  });
});

test('an operation that the contract does not have, or a name that the schema does not have, is a mistake of ours', async () => {
  const call = (changes: object) =>
    callerWith().call(endpointAt('http://127.0.0.1:1'), {}, { ...requestBulk, ...changes });
  await expect(call({ operation: 'dropEverything' })).rejects.toThrow('no operation dropEverything');
  await expect(call({ contract: 'cms' })).rejects.toThrow('no contract cms');
  await expect(call({ body: { transaktion: 'x' } })).rejects.toThrow('no element transaktion');
  expect(neverMs).toBeGreaterThan(0);
});

async function settledOn(condition: () => boolean): Promise<void> {
  for (let index = 0; index < 1_000 && !condition(); index += 1) await new Promise((done) => setTimeout(done, 2));
  expect(condition()).toBe(true);
}
