import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Client } from 'undici';

/** What goes out in one HTTP request. */
export interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

export interface AnswerHead {
  readonly status: number;
  /** Lower-case names; a list where one came more than once. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * One HTTP/1.1 request on a connection that is already open; none other is ever opened, so that neither a redirect nor a
 * proxy of the environment leads elsewhere. The connection is closed afterwards.
 *
 * @param take reads the body; when it throws, the rest is not read
 */
export async function exchange<Result>(
  socket: Socket,
  { method, url, headers, body }: Outgoing,
  signal: AbortSignal,
  take: (head: AnswerHead, body: Readable) => Promise<Result>,
): Promise<Result> {
  let used = false;
  const client = new Client(url.origin, {
    connect(_options, done) {
      if (used) {
        done(new Error('the connection of this call is used up'), null);
        return;
      }
      used = true;
      // Later, as every connection stands: undici does not notice one that stands at once.
      queueMicrotask(() => done(null, socket));
    },
    pipelining: 1,
    // The time-outs are those of the endpoint, on the clock of the caller.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  try {
    const answer = await client.request({
      method,
      path: url.pathname + url.search,
      headers,
      signal,
      body: body ?? null,
    });
    // Who reads it is told by the reading; where nobody reads it any more, that it breaks is of no interest.
    answer.body.on('error', () => undefined);
    return await take({ status: answer.statusCode, headers: answer.headers }, answer.body);
  } finally {
    await client.destroy();
    socket.destroy();
  }
}

/** The bytes of an answer were more than are read. */
export class TooMuch extends Error {
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`more than ${limitBytes} bytes`);
    this.limitBytes = limitBytes;
  }
}

/** Passes the chunks of a body on. Throws TooMuch before the first byte over the limit. */
export async function* limited(head: AnswerHead, body: Readable, limitBytes: number): AsyncGenerator<Buffer> {
  if (Number(head.headers['content-length'] ?? 0) > limitBytes) throw new TooMuch(limitBytes);
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw new TooMuch(limitBytes);
    yield chunk;
  }
}
