import { afterEach, describe, expect, test } from '@jest/globals';
import { networkInterfaces } from 'node:os';
import {
  answer,
  callerWith,
  endpointAt,
  handClock,
  impatientClock,
  lisAnswer,
  type Logged,
  openedOthers,
  requestBulk,
} from '../outbound/world.ts';

const others = openedOthers();
afterEach(() => others.closeAll());

const secrets = { userName: 'gateway', password: 'correct-horse' };

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

  test('has a plug-in that never comes to an end: it is named when the time of the endpoint is over', async () => {
    const hand = handClock();
    const asked = Promise.withResolvers<undefined>();
    const hanging = {
      name: 'token-server',
      summary: 'Waits for a token.',
      needs: [],
      exposesSecret: false,
      soapOnly: false,
      authenticate: () => {
        asked.resolve(undefined);
        return new Promise<void>(() => undefined);
      },
    };
    const other = await others.http(() => expect(true).toBe(false));
    const caller = callerWith({ authenticators: [hanging], clock: hand.clock });
    const endpoint = endpointAt(other.origin, { authentication: 'token-server', timeoutMs: 5_000 });
    const calling = caller.call(endpoint, {}, requestBulk);
    await asked.promise;
    hand.turn(5_000);
    const { problem, attempts } = await calling;
    expect(problem).toEqual({
      code: 'endpoint_timeout',
      message: expect.stringMatching(/token-server did not come to an end within 5 s.*Nothing was sent/),
    });
    expect(attempts).toMatchObject([{ durationMs: 5_000 }]);
    await settled(() => other.connections() === 0);
  });
});

async function settled(condition: () => boolean): Promise<void> {
  for (let index = 0; index < 1_000 && !condition(); index += 1) await new Promise((done) => setTimeout(done, 2));
  expect(condition()).toBe(true);
}
