import { createHash } from 'node:crypto';
import ssh2, { type SFTPWrapper } from 'ssh2';
import { endpointLimits, type EndpointSecrets } from '../domain/endpoint.ts';
import type { FetchAddress, Validators } from '../domain/file-fetch.ts';
import type { Fetched } from '../pipeline/file-fetcher.ts';
import { hostOf } from './attempt.ts';
import { CallFailed } from './call-failed.ts';
import type { Calling } from './calling.ts';
import { openTcp } from './connect.ts';
import { TooMuch } from './exchange.ts';
import { readFile, type SftpSession, statOf } from './sftp-requests.ts';

const connectTimeoutMs = endpointLimits.connectTimeoutMs.default;
const idleMs = endpointLimits.timeoutMs.default;

/**
 * Fetches a file by SFTP, unless it has the size and the time of the one that is known. The host must show the key that is
 * pinned: nothing is told to another.
 *
 * @throws CallFailed for whatever the other side, the network or the set-up is to blame for
 */
export async function fetchBySftp(
  { egress }: Pick<Calling, 'egress'>,
  from: FetchAddress,
  secrets: EndpointSecrets,
  known: Validators,
  limitBytes: number,
  deliver: (bytes: AsyncIterable<Buffer>) => Promise<void>,
): Promise<Exclude<Fetched, { is: 'failed' }>> {
  const url = addressOf(from);
  const host = hostOf(url);
  const addresses = await egress.lookUp(host);
  egress.refuseForbidden(host, addresses);
  const target = { host, port: Number(url.port || 22), addresses };
  const sock = await openTcp(target, connectTimeoutMs, AbortSignal.timeout(connectTimeoutMs)).catch(
    (error: unknown) => {
      throw error instanceof CallFailed ? error : unreachable(url, error);
    },
  );
  const client = new ssh2.Client();
  const breaking = new AbortController();
  const broken = breaking.signal;
  const breakOff = (error: Error): void => {
    breaking.abort(failureOf(error, url));
  };
  // Without an end to silence a stalled server would hold the fetch for ever.
  sock.setTimeout(idleMs, () => sock.destroy(new Error('nothing came for too long')));
  client.on('error', breakOff);
  client.on('close', () => {
    breakOff(new Error('the connection was closed'));
  });
  try {
    const sftp = await logIn(client, { sock, from, secrets, url, broken, breakOff });
    const session = { sftp, broken };
    const before = await factsOf(session, url);
    if (before.validators.etag === known.etag) return { is: 'unchanged' };
    if (before.sizeBytes > limitBytes) throw unreadable(url, new TooMuch(limitBytes).message);
    await deliver(whole(session, before.sizeBytes, url));
    const after = await factsOf(session, url);
    if (after.validators.etag !== before.validators.etag) throw changed(url);
    return { is: 'fetched', validators: before.validators };
  } finally {
    client.end();
    sock.destroy();
  }
}

function addressOf({ address }: FetchAddress): URL {
  const url = URL.parse(address);
  const isWhole = url?.protocol === 'sftp:' && url.hostname !== '' && url.password === '' && url.username === '';
  if (isWhole && pathOf(url) !== undefined) return url;
  throw new CallFailed(
    'address',
    'endpoint_misconfigured',
    'The address is not like sftp://sis.example.edu/export/night.zip: user name and password belong into the secrets.',
  );
}

/** The path on the host; undefined where the address has a "%" that escapes nothing. */
function pathOf({ pathname }: URL): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

interface LogIn {
  readonly sock: Awaited<ReturnType<typeof openTcp>>;
  readonly from: FetchAddress;
  readonly secrets: EndpointSecrets;
  readonly url: URL;
  readonly broken: AbortSignal;
  readonly breakOff: (error: Error) => void;
}

function logIn(client: ssh2.Client, { sock, from, secrets, url, broken, breakOff }: LogIn): Promise<SFTPWrapper> {
  const { userName = '', password, privateKey } = secrets;
  const byKey = from.authentication === 'public-key';
  const proof = byKey ? privateKey : password;
  if (userName === '' || proof === undefined) {
    throw new CallFailed(
      'authentication',
      'endpoint_misconfigured',
      `The secrets of the address need a userName and a ${byKey ? 'privateKey' : 'password'}.`,
    );
  }
  return new Promise((resolve, reject) => {
    broken.addEventListener('abort', () => {
      reject(broken.reason as Error);
    });
    client.on('ready', () => {
      client.sftp((error, sftp) => {
        if (error) {
          reject(unreadable(url, `it serves no SFTP (${error.message})`));
          return;
        }
        // What a server writes against the protocol is told here and nowhere else.
        sftp.on('error', breakOff);
        resolve(sftp);
      });
    });
    try {
      client.connect({
        sock,
        username: userName,
        ...(byKey ? { privateKey: proof } : { password: proof, tryKeyboard: false }),
        readyTimeout: connectTimeoutMs * 2,
        keepaliveInterval: 15_000,
        algorithms: { compress: ['none'] },
        hostVerifier: (key: Buffer) => {
          const shown = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
          if (shown === from.hostKey) return true;
          reject(otherHost(url, shown));
          return false;
        },
      });
    } catch (cause) {
      reject(new CallFailed('authentication', 'endpoint_misconfigured', 'The private key cannot be used.', { cause }));
    }
  });
}

interface FileFacts {
  readonly sizeBytes: number;
  /** SFTP knows no entity tags: size and time have to do, and the bytes are compared anyway. */
  readonly validators: Validators;
}

async function factsOf(session: SftpSession, url: URL): Promise<FileFacts> {
  const found = await statOf(session, pathOf(url) ?? '').catch((error: unknown) => {
    throw requestFailed(error as Error, url);
  });
  // Both may be missing: the protocol leaves them to the server.
  const { size, mtime } = found as Partial<typeof found>;
  if (!found.isFile() || !Number.isSafeInteger(size)) throw refused(url, 'that is no file');
  return { sizeBytes: size ?? 0, validators: { etag: `${String(size)}-${String(mtime)}` } };
}

async function* whole(session: SftpSession, sizeBytes: number, url: URL): AsyncGenerator<Buffer> {
  let size = 0;
  try {
    for await (const chunk of readFile(session, pathOf(url) ?? '', sizeBytes)) {
      size += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw requestFailed(error as Error, url);
  }
  if (size !== sizeBytes) throw unreadable(url, 'the file became shorter while it was read');
}

/** A request that the server answers with a status other than OK was refused; without one, the connection broke. */
function requestFailed(error: Error & { code?: unknown }, url: URL): CallFailed {
  if (error instanceof CallFailed) return error;
  return typeof error.code === 'number' ? refused(url, error.message) : unreachable(url, error);
}

function failureOf(error: Error & { level?: string }, url: URL): CallFailed {
  if (error.level !== 'client-authentication') return unreachable(url, error);
  return new CallFailed('authentication', 'endpoint_authentication', `${url.host} does not accept the credentials.`, {
    cause: error,
  });
}

function unreachable({ host }: URL, cause: unknown): CallFailed {
  return new CallFailed('connection', 'endpoint_unreachable', `The connection with ${host} broke.`, {
    passing: true,
    cause,
  });
}

function otherHost({ host }: URL, shown: string): CallFailed {
  return new CallFailed(
    'tls',
    'endpoint_tls',
    `${host} shows the host key ${shown}, and not the one that is pinned. If its key was renewed on purpose, ask the administrator of the host for the fingerprint, and set it as hostKey.`,
  );
}

function refused({ host }: URL, why: string): CallFailed {
  return new CallFailed(
    'http',
    'endpoint_refused',
    `${host} does not give the file: ${why.slice(0, 200).replace(/[^\x20-\x7e]/g, '?')}.`,
  );
}

function unreadable({ host }: URL, why: string): CallFailed {
  return new CallFailed('http', 'endpoint_answer_unreadable', `The file of ${host} cannot be read: ${why}.`);
}

function changed({ host }: URL): CallFailed {
  return new CallFailed(
    'http',
    'endpoint_busy',
    `The file of ${host} changed while it was read: it is still being written.`,
  );
}
