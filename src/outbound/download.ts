import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Endpoint, type EndpointSecrets, LONGEST_DOWNLOAD_MS } from '../domain/endpoint.ts';
import { CallDefect } from '../pipeline/outbound.ts';
import { attempt, type HeardHead, type Plan } from './attempt.ts';
import { CallFailed } from './call-failed.ts';
import type { Calling } from './calling.ts';
import type { Countdown } from './clock.ts';
import { limited } from './exchange.ts';
import { anonymous, chooseAuthenticator, parseAddress } from './plan.ts';
import { refuseStatus } from './refuse-status.ts';
import { type Attempted, attempted } from './retry.ts';
import { saidText } from './said-text.ts';

export interface FileToFetch {
  readonly address: string;
  /** Of the whole file. */
  readonly limitBytes: number;
  readonly sink: NodeJS.WritableStream;
  /** What comes before this byte is there already: the sink is given what follows. */
  readonly from: number;
}

/**
 * Fetches a file, or the rest of one. The credentials of the endpoint go to its own origin and to no other: where a file is, the other side says,
 * and it must not be able to send them elsewhere. What was begun is not begun again.
 */
export async function download(
  calling: Calling,
  endpoint: Endpoint,
  secrets: EndpointSecrets,
  file: FileToFetch,
): Promise<Attempted<undefined>> {
  try {
    return await attempted(calling, endpoint.attempts, async (trace) => {
      const plan = planOf(calling, endpoint, secrets, file);
      await attempt(calling, plan, trace, (...answer) => save(calling, plan, file, ...answer));
      return undefined;
    });
  } catch (error) {
    if (!(error instanceof CallDefect && error.cause instanceof SinkFailed)) throw error;
    throw new CallDefect(error.result, error.cause.cause);
  }
}

function planOf(calling: Calling, endpoint: Endpoint, secrets: EndpointSecrets, { address, from }: FileToFetch): Plan {
  const url = parseAddress(address, 'file');
  const own = url.origin === parseAddress(endpoint.address).origin;
  const choose = () => chooseAuthenticator(calling.authenticators, endpoint, secrets, url, { download: true });
  const { serverName: _, ...foreignTls } = endpoint.tls;
  return {
    endpoint: own ? endpoint : { ...endpoint, tls: foreignTls },
    secrets: own ? secrets : {},
    url,
    authenticator: own ? choose() : anonymous,
    method: 'GET',
    headers: { accept: '*/*', ...(from === 0 ? {} : { range: `bytes=${from}-` }) },
    longestMs: LONGEST_DOWNLOAD_MS,
  };
}

async function save(
  { clock }: Calling,
  { url }: Plan,
  { limitBytes, sink, from }: FileToFetch,
  head: HeardHead,
  body: Readable,
  countdown: Countdown,
): Promise<void> {
  refuseStatus({ ...head, url, now: clock.now() }, '');
  const coding = String(head.headers['content-encoding'] ?? 'identity').toLowerCase();
  const isRest = from > 0 && head.status === 206 && startOf(head) === from;
  if (!(isRest || head.status === 200) || coding !== 'identity')
    throw new CallFailed(
      'http',
      'endpoint_answer_unreadable',
      `${url.host} does not send the file as it is: HTTP ${head.status}, content encoding ${coding === 'identity' ? coding : saidText(coding, head.secrets)}.`,
    );
  let received: { readonly error: unknown } | undefined;
  const source = async function* (): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of behind(
        limited(head, body, isRest ? limitBytes - from : limitBytes),
        isRest ? 0 : from,
      )) {
        // A sink that is slow is not the other side's fault.
        countdown.stop();
        yield chunk;
        countdown.begin();
      }
      countdown.stop();
    } catch (error) {
      received = { error };
      throw error;
    }
  };
  try {
    await Promise.race([pipeline(source, sink, { signal: countdown.signal }), gaveUp(sink)]);
  } catch (error) {
    throw received === undefined ? new SinkFailed(error) : received.error;
  }
}

/** Where the part begins that the other side sends (RFC 9110, 14.4). */
function startOf({ headers }: HeardHead): number | undefined {
  const [, start] = /^bytes (\d{1,15})-/.exec(String(headers['content-range'] ?? '')) ?? [];
  return start === undefined ? undefined : Number(start);
}

/** What stands behind the first bytes: a server that knows no ranges sends all of the file again. */
async function* behind(bytes: AsyncIterable<Buffer>, first: number): AsyncGenerator<Buffer> {
  let left = first;
  for await (const chunk of bytes) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** Rejects when the sink is closed before its end: whoever closes it does not wait for another byte of the other side. */
function gaveUp(sink: NodeJS.WritableStream): Promise<never> {
  return new Promise((_, reject) => {
    sink.once('close', () => {
      if (sink instanceof Writable && !sink.writableFinished) reject(sink.errored ?? new Error('the sink was closed'));
    });
  });
}

/** Where the file was to be put cannot take it: nothing that the other side is to blame for. */
class SinkFailed extends Error {
  constructor(cause: unknown) {
    super('the sink failed', { cause });
  }
}
