import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
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
  close(): void;
}

export async function startForeignSftp(login: { userName: string; password: string }): Promise<ForeignSftp> {
  const { STATUS_CODE } = ssh2.utils.sftp;
  const hostKey = ssh2.utils.generateKeyPairSync('ed25519').private;
  const open = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
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
          if (known(path)) sftp.handle(id, Buffer.from('file'));
          else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
        });
        sftp.on('READ', (id, _handle, offset, length) => {
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
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const foreign: ForeignSftp = {
    port: (server.address() as AddressInfo).port,
    fingerprint: fingerprintsOf([hostKey])[0] ?? '',
    file: { path: '/export/night.zip', bytes: Buffer.alloc(0), mtime: 1_700_000_000 },
    reads: 0,
    logins: [],
    close() {
      for (const connection of open) connection.end();
      server.close();
    },
  };
  return foreign;
}
