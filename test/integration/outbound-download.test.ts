import { afterEach, describe, expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import { answer, callerWith, endpointAt, handClock, impatientClock, openedOthers } from '../outbound/world.ts';

const others = openedOthers();
afterEach(() => others.closeAll());

const secrets = { userName: 'gateway', password: 'correct-horse' };
const basic = `Basic ${Buffer.from('gateway:correct-horse').toString('base64')}`;
const MiB = 1024 * 1024;

function sinkOf() {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      setImmediate(done);
    },
  });
  return {
    sink,
    size: () => chunks.reduce((sum, { length }) => sum + length, 0),
    text: () => Buffer.concat(chunks).toString(),
  };
}

/** Takes nothing until it is released. */
function slowSink() {
  const released = Promise.withResolvers<undefined>();
  const sink = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => void released.promise.then(() => done()),
  });
  return { sink, release: () => released.resolve(undefined) };
}

const downloadEndpoint = (origin: string, changes: Partial<Endpoint> = {}) =>
  endpointAt(origin, { type: 'bulk_file_download', authentication: 'http-basic', ...changes });

describe('a file', () => {
  test('is fetched with the credentials of the endpoint, as a stream', async () => {
    const file = 'x'.repeat(3 * MiB);
    const other = await others.http((request, response) => {
      if (request.headers.authorization === basic && request.url === '/files/1.xml?v=2') response.end(file);
      else answer(response, '', 401);
    });
    const { sink, size } = sinkOf();
    const endpoint = downloadEndpoint(`${other.origin}/files/`);
    const result = await callerWith().download(endpoint, secrets, `${other.origin}/files/1.xml?v=2`, 4 * MiB, sink);
    expect(result).toMatchObject({ status: 200, attempts: [{ status: 200 }] });
    expect(result.problem).toBeUndefined();
    expect(result.received).toBeUndefined();
    expect(size()).toBe(file.length);
    expect(sink.writableFinished).toBe(true);
  });

  test('from another origin is fetched without credentials, and without the server name of the endpoint', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await others.http((request, response) => {
      seen.push(request.headers.authorization);
      response.end('data');
    });
    const { sink, text } = sinkOf();
    const endpoint = downloadEndpoint('https://sis.example.edu/files/');
    await callerWith().download(endpoint, secrets, `${elsewhere.origin}/1.xml`, MiB, sink);
    expect(seen).toEqual([undefined]);
    expect(text()).toBe('data');
  });

  test('over the limit is cut off there, whether its length is said or not', async () => {
    for (const said of [true, false]) {
      const other = await others.http((_, response) => {
        response.writeHead(200, said ? { 'content-length': String(8 * MiB) } : {});
        response.end('x'.repeat(8 * MiB));
      });
      const { sink, size } = sinkOf();
      const result = await callerWith().download(downloadEndpoint(other.origin), secrets, other.origin, MiB, sink);
      expect(result.problem).toEqual({
        code: 'endpoint_answer_unreadable',
        message: expect.stringContaining('1048576 bytes'),
      });
      expect(size()).toBeLessThanOrEqual(MiB);
      expect(sink.writableFinished).toBe(false);
    }
  });

  test('that breaks off is no file, and is not begun again', async () => {
    let calls = 0;
    const other = await others.tcp((socket) => {
      calls += 1;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    });
    const { sink } = sinkOf();
    const endpoint = downloadEndpoint(other.origin, { attempts: 3 });
    const { problem } = await callerWith({ clock: impatientClock().clock }).download(
      endpoint,
      secrets,
      other.origin,
      MiB,
      sink,
    );
    expect(problem).toEqual({ code: 'endpoint_unreachable', message: expect.stringContaining('broke off') });
    expect(calls).toBe(1);
    expect(sink.writableFinished).toBe(false);
  });

  test('is asked for again while the other side is busy', async () => {
    let calls = 0;
    const other = await others.http((_, response) => {
      calls += 1;
      answer(response, calls < 3 ? 'busy' : 'data', calls < 3 ? 503 : 200);
    });
    const { sink, text } = sinkOf();
    const endpoint = downloadEndpoint(other.origin, { attempts: 3 });
    const result = await callerWith({ clock: impatientClock().clock }).download(
      endpoint,
      secrets,
      other.origin,
      MiB,
      sink,
    );
    expect(result.attempts.map(({ status }) => status)).toEqual([503, 503, 200]);
    expect(text()).toBe('data');
  });

  test('may take longer than the time-out, as long as bytes come', async () => {
    const hand = handClock();
    const held: { write?: (text: string) => void; end?: () => void } = {};
    const begun = Promise.withResolvers<undefined>();
    const other = await others.http((_, response) => {
      held.write = (text) => void response.write(text);
      held.end = () => void response.end();
      response.write('0');
      begun.resolve(undefined);
    });
    const { sink, size } = sinkOf();
    const endpoint = downloadEndpoint(other.origin, { timeoutMs: 10_000 });
    const fetching = callerWith({ clock: hand.clock }).download(endpoint, secrets, other.origin, MiB, sink);
    await begun.promise;
    await until(() => size() > 0);
    for (let seconds = 9; seconds <= 45; seconds += 9) {
      const before = size();
      hand.turn(9_000);
      held.write?.('1');
      await until(() => size() > before);
    }
    hand.turn(10_000);
    const { problem } = await fetching;
    expect(problem).toEqual({ code: 'endpoint_timeout', message: expect.stringContaining('within 10 s') });
  });

  test('may take longer than the time-out to be put down: the other side is not blamed for a slow sink', async () => {
    const hand = handClock();
    const other = await others.http((_, response) => response.end('x'.repeat(MiB)));
    const held = slowSink();
    const endpoint = downloadEndpoint(other.origin, { timeoutMs: 10_000 });
    const fetching = callerWith({ clock: hand.clock }).download(endpoint, secrets, other.origin, MiB, held.sink);
    await until(() => held.sink.writableNeedDrain);
    hand.turn(3_600_000);
    held.release();
    const result = await fetching;
    expect(result.problem).toBeUndefined();
    expect(held.sink.writableFinished).toBe(true);
  });

  test('may take six hours at most, however steadily it comes; what it was put into is given up', async () => {
    const hand = handClock();
    const other = await others.http((_, response) => response.end('x'.repeat(MiB)));
    const held = slowSink();
    const endpoint = downloadEndpoint(other.origin, { attempts: 3 });
    const fetching = callerWith({ clock: hand.clock }).download(endpoint, secrets, other.origin, MiB, held.sink);
    await until(() => held.sink.writableNeedDrain);
    hand.turn(6 * 3_600_000 - 1);
    expect(held.sink.destroyed).toBe(false);
    hand.turn(1);
    const { problem, attempts } = await fetching;
    expect(problem).toEqual({ code: 'endpoint_timeout', message: expect.stringContaining('6 h') });
    expect(attempts).toHaveLength(1);
    await until(() => held.sink.destroyed);
  });

  test('is not fetched where it points elsewhere, from an address that is not allowed, or by a scheme that is not called', async () => {
    const other = await others.http((_, response) =>
      answer(response, '', 302, { location: 'http://169.254.169.254/' }),
    );
    const fetched = async (address: string) => {
      const { sink } = sinkOf();
      return (await callerWith().download(downloadEndpoint(other.origin), secrets, address, MiB, sink)).problem?.code;
    };
    expect(await fetched(other.origin)).toBe('endpoint_redirect');
    expect(await fetched('http://169.254.169.254/latest')).toBe('endpoint_address_not_allowed');
    expect(await fetched('file:///etc/passwd')).toBe('endpoint_misconfigured');
    expect(await fetched('ftp://127.0.0.1/x')).toBe('endpoint_misconfigured');
  });

  test('needs no envelope: what writes into one cannot be used', async () => {
    const other = await others.http(() => expect(true).toBe(false));
    const endpoint = downloadEndpoint(other.origin, { authentication: 'wss-password-text' });
    const { problem } = await callerWith().download(endpoint, secrets, other.origin, MiB, sinkOf().sink);
    expect(problem).toEqual({ code: 'endpoint_misconfigured', message: expect.stringContaining('http-basic') });
  });

  test('that cannot be put down is a failure of ours', async () => {
    const other = await others.http((_, response) => response.end('data'));
    const sink = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
    const fetching = callerWith().download(downloadEndpoint(other.origin), secrets, other.origin, MiB, sink);
    await expect(fetching).rejects.toThrow('disk full');
  });
});

/** Polls, since bytes that pass through a kernel tell nobody when they arrive. */
async function until(condition: () => boolean): Promise<void> {
  for (let index = 0; index < 2_000 && !condition(); index += 1) await new Promise((done) => setTimeout(done, 2));
  expect(condition()).toBe(true);
}
