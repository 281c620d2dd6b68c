import { afterEach, describe, expect, test } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  answer,
  bodyOf,
  callerWith,
  endpointAt,
  handClock,
  impatientClock,
  lisAnswer,
  openedOthers,
  requestBulk,
} from '../outbound/world.ts';

const others = openedOthers();
afterEach(() => others.closeAll());

const secrets = { userName: 'gateway', password: 'correct-horse' };

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
    expect(problem).toEqual({ code: 'endpoint_unreachable', message: expect.stringContaining('broke off') });
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

async function settledOn(condition: () => boolean): Promise<void> {
  for (let index = 0; index < 1_000 && !condition(); index += 1) await new Promise((done) => setTimeout(done, 2));
  expect(condition()).toBe(true);
}
