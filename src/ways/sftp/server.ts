import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2, { type AuthContext, type Connection, type Session } from 'ssh2';
import { plainAddress } from '../../domain/plain-address.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { SourceKey } from '../../domain/sftp.ts';
import type { Log } from '../../log.ts';
import type { Folder } from './folder.ts';
import { serveFolder } from './serve-folder.ts';

/** How long clients have to hang up when the server stops. */
const CLOSING_MS = 3_000;

/** Who came in. */
export interface SftpClient extends SourceKey {
  readonly userName: string;
}

/** A public key as a client presents it; without a signature it only asks whether the key is known. */
export interface PresentedKey {
  readonly algorithm: string;
  readonly blob: Buffer;
  readonly signed?: { readonly data: Buffer; readonly signature: Buffer; readonly hash?: string };
}

export interface SftpServerParts {
  /** In the format of OpenSSH. */
  readonly hostKeys: readonly string[];
  /** Throws GatewayError for whoever may not come in. */
  authenticate(
    userName: string,
    address: string,
    proof: { readonly password: string } | { readonly key: PresentedKey },
  ): Promise<SftpClient>;
  knowsKey(userName: string, key: PresentedKey): Promise<boolean>;
  readonly folderOf: (client: SftpClient) => Folder;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly limits?: Partial<SftpLimits>;
}

export interface SftpLimits {
  readonly connections: number;
  readonly connectionsOfAddress: number;
  /** Until a client has come in. */
  readonly loginMs: number;
  /** For which nothing comes. */
  readonly idleMs: number;
  readonly attempts: number;
  readonly sessions: number;
}

const defaultLimits: SftpLimits = {
  connections: 128,
  connectionsOfAddress: 32,
  loginMs: 30_000,
  idleMs: 600_000,
  attempts: 6,
  sessions: 4,
};

export interface SftpServer {
  readonly port: number;
  /** Keeps what clients were sending, and drops them. */
  close(): Promise<void>;
}

/**
 * Serves SFTP and nothing else of SSH: no shell, no commands, no forwarding, no agent.
 *
 * @throws the error of the socket when the port is taken
 */
export async function startSftpServer(parts: SftpServerParts, host: string, port: number): Promise<SftpServer> {
  const limits = { ...defaultLimits, ...parts.limits };
  const open = new Map<Connection, { readonly address: string; readonly release: () => Promise<void> }>();
  const ssh = new ssh2.Server(
    {
      hostKeys: [...parts.hostKeys],
      ident: 'Passerelle',
      keepaliveInterval: 30_000,
      keepaliveCountMax: 4,
      // Compressed bytes could become very many.
      algorithms: { compress: ['none'] },
    },
    (connection, { ip }) => {
      const address = plainAddress(ip);
      const ofAddress = [...open.values()].filter((each) => each.address === address).length;
      // Whatever happens to a connection that was given up is of no interest.
      connection.on('error', (error) => {
        parts.log.info({ reason: error.message }, 'a connection of SFTP broke');
      });
      if (open.size >= limits.connections || ofAddress >= limits.connectionsOfAddress) {
        connection.end();
        return;
      }
      open.set(connection, { address, release: serveConnection(connection, address, parts, limits) });
      connection.on('close', () => {
        const entry = open.get(connection);
        open.delete(connection);
        void entry?.release();
      });
    },
  );
  // Sockets of our own: a client that does not hang up can be dropped.
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    ssh.injectSocket(socket);
  });
  server.listen(port, host);
  await once(server, 'listening');
  // A connection that could not be taken, for want of file descriptors: the others go on.
  server.on('error', (error) => {
    parts.log.error({ err: error }, 'a connection of SFTP could not be taken');
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      const entries = [...open];
      await Promise.allSettled(entries.map(([, { release }]) => release()));
      for (const [connection] of entries) connection.end();
      await Promise.race([closed, delay(CLOSING_MS, undefined, { ref: false })]);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Answers what ends it: resolves when all that it left open is kept. */
function serveConnection(
  connection: Connection,
  address: string,
  parts: SftpServerParts,
  limits: SftpLimits,
): () => Promise<void> {
  const { log } = parts;
  const releases: (() => Promise<void>)[] = [];
  let client: SftpClient | undefined;
  const drop = (): void => {
    connection.end();
  };
  let timer = setTimeout(drop, limits.loginMs).unref();
  const stay = (): void => {
    clearTimeout(timer);
    timer = setTimeout(drop, limits.idleMs).unref();
  };

  let attempts = 0;
  connection.on('authentication', (context) => {
    attempts += 1;
    const work = attempts > limits.attempts * 2 ? Promise.resolve(undefined) : admit(context, address, parts);
    work
      .then((admitted) => {
        if (admitted === 'asked') return;
        client = admitted;
        if (admitted !== undefined) context.accept();
        else if (attempts >= limits.attempts * 2) drop();
        else context.reject(['publickey', 'password', 'keyboard-interactive']);
      })
      .catch((error: unknown) => {
        log.error({ err: error }, 'a client of SFTP could not be judged');
        drop();
      });
  });
  connection.on('ready', () => {
    stay();
    if (client === undefined) return;
    const { userName } = client;
    log.info({ userName, address }, 'a client of SFTP came in');
    const folder = parts.folderOf(client);
    connection.on('session', (accept, reject) => {
      if (releases.length >= limits.sessions) reject();
      else serveSession(accept(), folder, parts, releases, stay);
    });
  });
  return async () => {
    clearTimeout(timer);
    await Promise.allSettled(releases.splice(0).map((release) => release()));
  };
}

function serveSession(
  session: Session,
  folder: Folder,
  { log }: SftpServerParts,
  releases: (() => Promise<void>)[],
  stay: () => void,
): void {
  session.on('sftp', (accept) => {
    const sftp = accept();
    const release = serveFolder(sftp, folder, log);
    releases.push(release);
    sftp.on('error', (error: Error) => {
      log.info({ reason: error.message }, 'a session of SFTP broke');
    });
    sftp.on('end', () => {
      // OpenSSH waits until its channel is closed.
      void release().finally(() => {
        sftp.end();
      });
    });
    sftp.on('close', () => {
      void release();
    });
    for (const event of ['OPEN', 'WRITE', 'READ', 'CLOSE', 'STAT', 'LSTAT', 'OPENDIR', 'REALPATH'] as const) {
      sftp.on(event, stay);
    }
  });
}

/** Who the client is; `asked`: it was told that its key is known, or to type its password. */
async function admit(
  context: AuthContext,
  address: string,
  parts: SftpServerParts,
): Promise<SftpClient | 'asked' | undefined> {
  const { username: userName } = context;
  const judge = (proof: Parameters<SftpServerParts['authenticate']>[2]): Promise<SftpClient | undefined> =>
    parts.authenticate(userName, address, proof).catch((error: unknown) => {
      if (!(error instanceof GatewayError)) throw error;
      const { code, message, detail } = error;
      parts.log.info({ address, code, reason: detail ?? message }, 'a client of SFTP was refused');
      return undefined;
    });
  if (context.method === 'password') return judge({ password: context.password });
  if (context.method === 'keyboard-interactive') {
    const { promise, resolve } = Promise.withResolvers<string>();
    context.prompt([{ prompt: 'Password: ', echo: false }], (answers: string[]) => {
      resolve(answers[0] ?? '');
    });
    return judge({ password: await promise });
  }
  if (context.method !== 'publickey') return undefined;
  const key: PresentedKey = { algorithm: context.key.algo, blob: context.key.data };
  if (context.signature === undefined || context.blob === undefined) {
    if (!(await parts.knowsKey(userName, key))) return undefined;
    context.accept();
    return 'asked';
  }
  const { signature, blob: data, hashAlgo: hash } = context;
  return judge({ key: { ...key, signed: { data, signature, ...(hash === undefined ? {} : { hash }) } } });
}
