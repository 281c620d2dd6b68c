import type { Readable } from 'node:stream';
import { type Endpoint, type EndpointSecrets, endpointLimits, LONGEST_DOWNLOAD_MS } from '../domain/endpoint.ts';
import type { FetchAddress, Validators } from '../domain/file-fetch.ts';
import type { Fetched, FileFetcher } from '../pipeline/file-fetcher.ts';
import { CallDefect } from '../pipeline/outbound.ts';
import { attempt, type HeardHead, type Plan } from './attempt.ts';
import { CallFailed } from './call-failed.ts';
import { type Calling, noted, type OutboundCallerOptions } from './calling.ts';
import { type Countdown, systemClock } from './clock.ts';
import { limited } from './exchange.ts';
import { fetchBySftp } from './fetch-by-sftp.ts';
import { chooseAuthenticator, parseAddress } from './plan.ts';
import { refuseStatus } from './refuse-status.ts';
import { attempted } from './retry.ts';

type Deliver = (bytes: AsyncIterable<Buffer>) => Promise<void>;
type Done = Exclude<Fetched, { is: 'failed' }>;

/** Fetches files by https and sftp. */
export function createFileFetcher(options: OutboundCallerOptions): FileFetcher {
  const calling: Calling = { clock: systemClock, random: Math.random, ...options };
  return {
    async fetch(from, secrets, known, limitBytes, deliver) {
      const bySftp = /^sftp:/i.test(from.address);
      try {
        const made = await attempted<Done>(calling, endpointLimits.attempts.default, (trace) => {
          const guarded: Deliver = (bytes) => deliver(bytes).catch(deliveryFailed);
          if (bySftp) return fetchBySftp(calling, from, secrets, known, limitBytes, guarded);
          const plan = planOf(calling, from, secrets, known);
          return attempt(calling, plan, trace, (...answer) => take(calling, plan, limitBytes, guarded, ...answer));
        });
        const { problem } = noted(calling, endpointOf(from), 'fetch', { ...made, trace: { ...made.trace } });
        return problem === undefined ? (made.result ?? { is: 'unchanged' }) : { is: 'failed', problem };
      } catch (error) {
        const cause = error instanceof CallDefect ? error.cause : error;
        throw cause instanceof DeliveryFailed ? cause.cause : cause;
      }
    },
  };
}

/** Where the file was to be put cannot take it: nothing that the other side is to blame for. */
class DeliveryFailed extends Error {
  constructor(cause: unknown) {
    super('the delivery failed', { cause });
  }
}

function deliveryFailed(error: unknown): never {
  if (error instanceof CallFailed) throw error;
  throw error instanceof BrokenOff ? error.cause : new DeliveryFailed(error);
}

/** The other side broke off while the file was being delivered. */
class BrokenOff extends Error {
  constructor(cause: unknown) {
    super('the file broke off', { cause });
  }
}

function endpointOf({ address, authentication, tls }: FetchAddress): Endpoint {
  return {
    id: 'scheduled fetch',
    type: 'bulk_file_download',
    address,
    authentication,
    soapVersion: '1.1',
    connectTimeoutMs: endpointLimits.connectTimeoutMs.default,
    timeoutMs: endpointLimits.timeoutMs.default,
    attempts: endpointLimits.attempts.default,
    tls,
  };
}

function planOf(calling: Calling, from: FetchAddress, secrets: EndpointSecrets, known: Validators): Plan {
  const endpoint = endpointOf(from);
  const url = parseAddress(from.address, 'file');
  return {
    endpoint,
    secrets,
    url,
    authenticator: chooseAuthenticator(calling.authenticators, endpoint, secrets, url, { download: true }),
    method: 'GET',
    headers: {
      accept: '*/*',
      ...(known.etag === undefined ? {} : { 'if-none-match': known.etag }),
      ...(known.lastModified === undefined ? {} : { 'if-modified-since': known.lastModified }),
    },
    longestMs: LONGEST_DOWNLOAD_MS,
  };
}

async function take(
  { clock }: Calling,
  { url, headers }: Plan,
  limitBytes: number,
  deliver: Deliver,
  head: HeardHead,
  body: Readable,
  countdown: Countdown,
): Promise<Done> {
  // RFC 9110, 15.4.5: only "if the condition evaluated to false".
  if (head.status === 304 && (headers['if-none-match'] ?? headers['if-modified-since']) !== undefined) {
    return { is: 'unchanged' };
  }
  refuseStatus({ ...head, url, now: clock.now() }, '');
  const coding = String(head.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (head.status !== 200 || coding !== 'identity') {
    throw new CallFailed(
      'http',
      'endpoint_answer_unreadable',
      `${url.host} does not send the file as it is: HTTP ${String(head.status)}, and maybe with a content encoding.`,
    );
  }
  await deliver(paced(limited(head, body, limitBytes), countdown));
  const validator = (name: string): string | undefined => {
    const value = head.headers[name];
    return typeof value === 'string' && value.length <= 1_000 ? value : undefined;
  };
  const etag = validator('etag');
  const lastModified = validator('last-modified');
  return {
    is: 'fetched',
    validators: { ...(etag === undefined ? {} : { etag }), ...(lastModified === undefined ? {} : { lastModified }) },
  };
}

/** Whoever takes the bytes may be slow: that is not the other side's fault. */
async function* paced(bytes: AsyncIterable<Buffer>, countdown: Countdown): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of bytes) {
      countdown.stop();
      yield chunk;
      countdown.begin();
    }
    countdown.stop();
  } catch (error) {
    throw new BrokenOff(error);
  }
}
