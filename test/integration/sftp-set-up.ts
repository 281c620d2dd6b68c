import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { startSftp } from '../../src/app/sftp.ts';
import type { CredentialMaterial } from '../../src/auth/credentials.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

/** A gateway that serves SFTP, and the clients of an organization. */
export interface SftpWorld extends ApiWorld {
  readonly port: number;
  readonly fingerprints: readonly string[];
  readonly owner: Tenant;
  /** A login of the source system of a tenant; answers its password. */
  login(userName: string, material?: CredentialMaterial, of?: Tenant): Promise<string>;
  /** A client of ssh2, connected; closed at the end. */
  connect(userName: string, proof: { password?: string; privateKey?: string }): Promise<SftpClient>;
  /** A folder for files of a test; removed at the end. */
  readonly folder: string;
  /** Runs commands of OpenSSH's sftp with a key; answers what it printed, and rejects where it fails. */
  openssh(userName: string, privateKey: string, commands: readonly string[]): Promise<string>;
  end(): Promise<void>;
}

const run = promisify(execFile);

export async function createSftpWorld(settings: Parameters<typeof createApiWorld>[0] = {}): Promise<SftpWorld> {
  const world = await createApiWorld(settings);
  const owner = await world.tenant('owner');
  const releases: (() => unknown)[] = [];
  const log = {
    debug: () => undefined,
    info: (fields: object, message: string) =>
      void world.logged.push({ level: 'info', fields: { ...fields }, message }),
    warn: (fields: object, message: string) =>
      void world.logged.push({ level: 'warn', fields: { ...fields }, message }),
    error: (fields: object, message: string) =>
      void world.logged.push({ level: 'error', fields: { ...fields }, message }),
  };
  const info = await startSftp({
    config: { host: '127.0.0.1', sftpPort: 0, sftpKeepDays: 14, lostKeys: [] },
    pool: world.database.pool,
    sealer: world.sealer,
    intake: world.files,
    authentication: world.access.sftp,
    sources: world.sources,
    logs: (() => log) as never,
    releases: { add: (_, release) => void releases.unshift(release), releaseAll: () => Promise.resolve() },
  });
  if (info === undefined) throw new Error('SFTP is not served');
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-sftp-'));
  const clients: SftpClient[] = [];
  let keys = 0;
  return {
    ...world,
    ...info,
    owner,
    folder,
    async login(userName, material = {}, of = owner) {
      const source = await world.administration.sourceSystems.get(of.id, 'sis');
      const kind = material.publicKey === undefined ? 'hashed' : 'ssh_key';
      const made = await world.access.credentials.createCredential({
        organizationId: of.id,
        sourceSystemId: source.id,
        userName,
        kind,
        ...material,
      });
      return made.secret ?? '';
    },
    async connect(username, proof) {
      const client = new SftpClient();
      await client.connect({ host: '127.0.0.1', port: info.port, username, ...proof });
      clients.push(client);
      // This client writes in two pieces, and would wait 40 ms for the acknowledgement of each first one.
      (client as unknown as { readonly client: ssh2.Client }).client.setNoDelay(true);
      return client;
    },
    async openssh(userName, privateKey, commands) {
      keys += 1;
      const keyFile = join(folder, `key-${String(keys)}`);
      await writeFile(keyFile, privateKey, { mode: 0o600 });
      const batch = join(folder, `batch-${String(keys)}`);
      await writeFile(batch, `${commands.join('\n')}\n`);
      const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${folder}/known`, 'IdentitiesOnly=yes'];
      const { stdout } = await run(
        'sftp',
        [
          '-P',
          String(info.port),
          '-i',
          keyFile,
          ...options.flatMap((option) => ['-o', option]),
          '-b',
          batch,
          `${userName}@127.0.0.1`,
        ],
        { timeout: 60_000 },
      );
      return stdout;
    },
    async end() {
      await Promise.allSettled(clients.map((client) => client.end()));
      for (const release of releases) await release();
      await rm(folder, { recursive: true, force: true });
      await world.close();
    },
  };
}

export function keyPair(type: 'ed25519' | 'rsa' = 'ed25519'): { privateKey: string; publicKey: string } {
  const made =
    type === 'rsa' ? ssh2.utils.generateKeyPairSync('rsa', { bits: 2_048 }) : ssh2.utils.generateKeyPairSync('ed25519');
  return { privateKey: made.private, publicKey: made.public };
}
