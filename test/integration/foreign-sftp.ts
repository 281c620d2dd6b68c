import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import ssh2 from 'ssh2';
import { fingerprintsOf } from '../../src/app/sftp.ts';

/** The SFTP server of a SIS, with one file. */
export interface ForeignSftp {
  readonly port: number;
  readonly fingerprint: string;
  file: { path: string; bytes: Buffer; mtime: number };
  /** How many times the file was read, and who logged in. */
  reads: number;
  readonly logins: string[];
  /** What it does in place of an answer to the request that opens, or that reads. */
  odd: { readonly at: 'OPEN' | 'READ'; readonly as: 'refuses' | 'hangs up' | 'babbles' } | undefined;
  close(): void;
}

export async function startForeignSftp(login: { userName: string; password: string }): Promise<ForeignSftp> {
  const { STATUS_CODE } = ssh2.utils.sftp;
  const hostKey = ssh2.utils.generateKeyPairSync('ed25519').private;
  const open = new Set<ssh2.Connection>();
  const ssh = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    open.add(connection);
    connection.on('error', () => undefined);
    connection.on('close', () => open.delete(connection));
    connection.on('authentication', (context) => {
      if (context.method !== 'password') {
        context.reject(['password']);
        return;
      }
      foreign.logins.push(`${context.username}:${context.password}`);
      if (context.username === login.userName && context.password === login.password) context.accept();
      else context.reject(['password']);
    });
    connection.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => {
        const sftp = acceptSftp();
        const attributes = () => ({
          mode: 0o100_644,
          uid: 0,
          gid: 0,
          size: foreign.file.bytes.length,
          atime: foreign.file.mtime,
          mtime: foreign.file.mtime,
        });
        const isOdd = (at: 'OPEN' | 'READ', id: number): boolean => {
          if (foreign.odd?.at !== at) return false;
          if (foreign.odd.as === 'refuses') sftp.status(id, STATUS_CODE.PERMISSION_DENIED, 'Only receipts can be read');
          else if (foreign.odd.as === 'hangs up') connection.end();
          // Attributes that end in their middle.
          else writeRaw(sftp, Buffer.from([0, 0, 0, 3, 105, 0, 0]));
          return true;
        };
        const known = (path: string) => path === foreign.file.path;
        for (const event of ['STAT', 'LSTAT'] as const) {
          sftp.on(event, (id: number, path: string) => {
            if (known(path)) sftp.attrs(id, attributes());
            else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
          });
        }
        sftp.on('FSTAT', (id) => {
          sftp.attrs(id, attributes());
        });
        sftp.on('OPEN', (id, path) => {
          foreign.reads += 1;
          if (isOdd('OPEN', id)) return;
          if (known(path)) sftp.handle(id, Buffer.from('file'));
          else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
        });
        sftp.on('READ', (id, _handle, offset, length) => {
          if (isOdd('READ', id)) return;
          const bytes = foreign.file.bytes.subarray(offset, offset + length);
          if (bytes.length === 0) sftp.status(id, STATUS_CODE.EOF);
          else sftp.data(id, bytes);
        });
        sftp.on('CLOSE', (id) => {
          sftp.status(id, STATUS_CODE.OK);
        });
      });
    });
  });
  // As servers have it: else each answer of several packets waits for a delayed acknowledgement.
  const server = createServer({ noDelay: true }, (socket) => {
    ssh.injectSocket(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const foreign: ForeignSftp = {
    port: (server.address() as AddressInfo).port,
    fingerprint: fingerprintsOf([hostKey])[0] ?? '',
    file: { path: '/export/night.zip', bytes: Buffer.alloc(0), mtime: 1_700_000_000 },
    reads: 0,
    logins: [],
    odd: undefined,
    close() {
      for (const connection of open) connection.end();
      server.close();
    },
  };
  return foreign;
}

/** Bytes as they are, past what ssh2 would write itself. */
function writeRaw(sftp: unknown, bytes: Buffer): void {
  const { _protocol, outgoing } = sftp as {
    readonly _protocol: { channelData(id: number, bytes: Buffer): void };
    readonly outgoing: { readonly id: number };
  };
  _protocol.channelData(outgoing.id, bytes);
}
