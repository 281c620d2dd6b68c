import type { SFTPWrapper, Stats } from 'ssh2';

/** A session of SFTP, and what tells when it broke: with the reason why. */
export interface SftpSession {
  readonly sftp: SFTPWrapper;
  readonly broken: AbortSignal;
}

const chunkBytes = 65_536;

export function statOf({ sftp, broken }: SftpSession, path: string): Promise<Stats> {
  return asked(broken, (done) => {
    sftp.stat(path, done);
  });
}

/**
 * The bytes of a file from its beginning, as many as asked for; fewer where it ends before.
 *
 * No stream of ssh2: each fails where nobody waits for it, which ends the process.
 *
 * @throws what the server says when it does not open the file, or does not go on; the reason of `broken`
 */
export async function* readFile(session: SftpSession, path: string, sizeBytes: number): AsyncGenerator<Buffer> {
  const { sftp, broken } = session;
  const handle = await asked<Buffer>(broken, (done) => {
    sftp.open(path, 'r', done);
  });
  try {
    let at = 0;
    let next = readAt(session, handle, at, sizeBytes);
    for (;;) {
      const chunk = await next;
      if (chunk.length === 0) return;
      at += chunk.length;
      // Under way while the chunk is taken; whether it failed is seen in its turn.
      next = readAt(session, handle, at, sizeBytes);
      next.catch(() => undefined);
      yield chunk;
    }
  } finally {
    if (!broken.aborted) sftp.close(handle, () => undefined);
  }
}

/** Empty: there is no more. */
async function readAt({ sftp, broken }: SftpSession, handle: Buffer, at: number, sizeBytes: number): Promise<Buffer> {
  const length = Math.min(chunkBytes, sizeBytes - at);
  if (length <= 0) return Buffer.alloc(0);
  const bytes = Buffer.allocUnsafeSlow(length);
  const read = await asked<number>(broken, (done) => {
    sftp.read(handle, bytes, 0, length, at, done);
  });
  return bytes.subarray(0, read);
}

type Done<Answer> = (error: Error | null | undefined, answer: Answer) => void;

/** A request of the session: it fails with what the server says, or at once when the session broke. */
async function asked<Answer>(broken: AbortSignal, ask: (done: Done<Answer>) => void): Promise<Answer> {
  broken.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const giveUp = (): void => {
    reject(broken.reason as Error);
  };
  broken.addEventListener('abort', giveUp);
  try {
    ask((error, answer) => {
      if (error) reject(error);
      else resolve(answer);
    });
    return await promise;
  } finally {
    broken.removeEventListener('abort', giveUp);
  }
}
