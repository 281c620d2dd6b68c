import { PassThrough } from 'node:stream';
import type { LeasedExchange, LeasedFile } from '../../domain/exchange-work.ts';
import { GatewayError, type Problem, type ProblemCode, toProblem } from '../../domain/problem.ts';
import type { Upload } from '../../domain/upload.ts';
import { plainFileName } from '../plain-file-name.ts';
import { again, type ExchangeParts, mostAttempts, referenceOf, type Step } from './parts.ts';
import { verified } from './verified.ts';

/** Files are fetched one after the other, and none is processed before all are there. */
export const beginFetching: Step = () => Promise.resolve({ state: 'downloading', waitMs: 0 });

/** Fetches the next file; when all are there, makes them runs, in their order. */
export const fetchNext: Step = async (parts, exchange, stopping) => {
  const next = exchange.files.find(({ received }) => !received);
  if (next === undefined) return processAll(parts, exchange);
  refuseExpired(exchange);
  const { problem, from } = await fetchFile(parts, exchange, next, stopping);
  if (problem === undefined) return { state: 'downloading', waitMs: 0 };
  const about = { transactionId: exchange.transactionId, file: next.number, code: problem.code, from };
  // What was put together may have been of two files: whether it is so, the next try says, which begins at the beginning.
  const mayPass = passing.includes(problem.code) || from > 0;
  if (!mayPass || exchange.attempts + 1 >= mostAttempts)
    throw new GatewayError(problem.code, `File ${String(next.number)}, ${next.shown}: ${problem.message}`);
  parts.log.warn(
    { ...about, reason: problem.message },
    'an announced file could not be fetched and will be tried again',
  );
  return again(parts, exchange);
};

/** What may be better in a while. */
const passing: readonly ProblemCode[] = [
  'endpoint_unreachable',
  'endpoint_timeout',
  'endpoint_busy',
  'quota_exceeded',
  'busy',
];

/** After which what came stays, for the next try to go on from. */
const brokenOff: readonly ProblemCode[] = ['endpoint_unreachable', 'endpoint_timeout', 'endpoint_busy', 'busy'];

function refuseExpired({ expiresAt, files }: LeasedExchange): void {
  if (expiresAt === null || expiresAt.getTime() > Date.now()) return;
  const left = files.filter(({ received }) => !received).length;
  throw new GatewayError(
    'endpoint_timeout',
    `The announced files expired at ${expiresAt.toISOString()}, and ${String(left)} of ${String(files.length)} were not fetched by then. Nothing of them was processed.`,
  );
}

/** Why a file is not there yet, if so; and how much of it was there before this try. */
interface Tried {
  readonly problem?: Problem;
  readonly from: number;
}

async function fetchFile(
  parts: ExchangeParts,
  exchange: LeasedExchange,
  file: LeasedFile,
  stopping: AbortSignal,
): Promise<Tried> {
  const { organizationId } = exchange;
  if (file.address === undefined) {
    const message = "The address does not open with the gateway's key: have the files announced anew.";
    return { problem: { code: 'endpoint_secrets_closed', message }, from: 0 };
  }
  let from = 0;
  try {
    const upload = await uploadOf(parts, exchange, file);
    from = upload.receivedBytes;
    const problem = await stream(parts, exchange, file, upload, stopping);
    if (problem === undefined) {
      await parts.work.setFile(exchange, file.number, { uploadId: upload.id, received: true });
      return { from };
    }
    if (!isVerifiable(file) || !brokenOff.includes(problem.code)) await abandon(parts, organizationId, upload.id);
    return { problem, from };
  } catch (error) {
    if (error instanceof GatewayError) return { problem: toProblem(error), from };
    throw error;
  }
}

/** Where it goes to: what was fetched of it before, where that can be told to be of the same file once it is whole; else anew. */
async function uploadOf(parts: ExchangeParts, exchange: LeasedExchange, file: LeasedFile): Promise<Upload> {
  const { work, intake } = parts;
  const { organizationId, sourceSystemId } = exchange;
  const begun = file.uploadId === null ? undefined : await intake.find(organizationId, file.uploadId);
  if (begun?.sha256 === undefined && begun !== undefined && isVerifiable(file) && !isFull(begun, file)) return begun;
  await abandon(parts, organizationId, file.uploadId);
  const { mode } = await parts.settings.get(organizationId, sourceSystemId);
  const upload = await intake.begin({
    organizationId,
    sourceSystemId,
    name: nameOf(file),
    way: 'announced',
    receivedFrom: file.shown,
    ...(file.sizeBytes === null ? {} : { announcedBytes: file.sizeBytes }),
    wish: {
      // What validates writes nothing, whatever way it comes in.
      mode: exchange.sourceState === 'validate' ? 'validate' : mode,
      options: {},
      reprocess: true,
      requestedBy: `bulk exchange ${exchange.transactionId}`,
    },
  });
  await work.setFile(exchange, file.number, { uploadId: upload.id, received: false });
  return upload;
}

/** That the rest of a file belongs to what was there before, only a checksum of all of it says. */
function isVerifiable({ checkSum }: LeasedFile): boolean {
  return checkSum !== null;
}

/** There is no rest that could be asked for. */
function isFull({ receivedBytes }: Upload, { sizeBytes }: LeasedFile): boolean {
  return sizeBytes !== null && receivedBytes >= sizeBytes;
}

/** From the SIS into the spool, as fast as the slower of them. Answers why it did not come to an end. */
async function stream(
  { endpoints, intake, readUpload, limitBytes }: ExchangeParts,
  exchange: LeasedExchange,
  file: LeasedFile,
  { id, receivedBytes: from }: Upload,
  stopping: AbortSignal,
): Promise<Problem | undefined> {
  const pipe = new PassThrough();
  // Who reads and who writes are told by their own promises.
  pipe.on('error', () => undefined);
  const keep = async (): Promise<undefined> => {
    try {
      const { organizationId } = exchange;
      await intake.append(organizationId, id, from, verified(readUpload(organizationId, id, from), pipe, file));
    } finally {
      pipe.destroy();
    }
  };
  const fetch = async (): Promise<Problem | undefined> => {
    try {
      const { problem } = await endpoints.downloadFrom(referenceOf(exchange, 'bulk_file_download'), {
        ...addressed(file.address ?? ''),
        limitBytes: Math.min(limitBytes, file.sizeBytes ?? limitBytes),
        sink: pipe,
        from,
      });
      return problem;
    } finally {
      if (!pipe.writableFinished) pipe.destroy(new Error('the file did not come to its end'));
    }
  };
  const stop = (): void => void pipe.destroy(stopped());
  stopping.addEventListener('abort', stop);
  if (stopping.aborted) stop();
  const [kept, fetched] = await Promise.allSettled([keep(), fetch()]);
  stopping.removeEventListener('abort', stop);
  if (stopping.aborted) return toProblem(stopped());
  if (fetched.status === 'fulfilled' && fetched.value !== undefined) return fetched.value;
  // Where it cannot be kept, it cannot be fetched either: why not, is what counts.
  return refusalOf(kept) ?? refusalOf(fetched);
}

function refusalOf(settled: PromiseSettledResult<unknown>): Problem | undefined {
  if (settled.status === 'fulfilled') return undefined;
  const reason: unknown = settled.reason;
  if (reason instanceof GatewayError) return toProblem(reason);
  throw reason instanceof Error ? reason : new Error('a file was not fetched', { cause: reason });
}

function stopped(): GatewayError {
  return new GatewayError(
    'busy',
    'The exchange was stopped, or the gateway stops: the file was not fetched to its end.',
  );
}

/** A user name and a password in the address are credentials of HTTP Basic (RFC 3986, 3.2.1). */
function addressed(text: string) {
  const url = new URL(text);
  const { username, password } = url;
  url.username = url.password = '';
  if (username === '' && password === '') return { address: url.href };
  return {
    address: url.href,
    credentials: { userName: decodeURIComponent(username), password: decodeURIComponent(password) },
  };
}

function nameOf({ shown, number }: LeasedFile): string {
  const last = new URL(shown).pathname.split('/').at(-1) ?? '';
  try {
    return plainFileName(decodeURIComponent(last));
  } catch {
    return `file-${String(number)}`;
  }
}

async function abandon({ intake }: ExchangeParts, organizationId: number, uploadId: string | null): Promise<void> {
  if (uploadId === null) return;
  try {
    await intake.abandon(organizationId, uploadId);
  } catch (error) {
    // It expired, or has become a run: nothing is left to remove.
    if (!(error instanceof GatewayError) || error.code === 'busy') throw error;
  }
}

/** Each file becomes a run; those of one source system go one after the other, in this order. */
async function processAll(parts: ExchangeParts, exchange: LeasedExchange) {
  const { intake, work } = parts;
  for (const { number, uploadId, runId } of exchange.files) {
    if (runId !== null || uploadId === null) continue;
    try {
      const finished = await intake.finish(exchange.organizationId, uploadId);
      if (finished.runId === undefined) return again(parts, exchange);
      await work.setFile(exchange, number, { uploadId, received: true, runId: finished.runId });
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'not_found') throw error;
      // It rested for so long that it expired.
      await work.setFile(exchange, number, { uploadId: null, received: false });
      return { state: 'downloading', waitMs: 0 } as const;
    }
  }
  return { state: 'processing', waitMs: 0 } as const;
}

/** Removes what was fetched and has not become a run. */
export async function abandonAll(parts: ExchangeParts, { organizationId, files }: LeasedExchange): Promise<void> {
  for (const { uploadId, runId } of files) if (runId === null) await abandon(parts, organizationId, uploadId);
}
