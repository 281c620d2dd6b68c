import type pg from 'pg';
import ssh2 from 'ssh2';
import { KeyNotHeld } from '../auth/seal.ts';
import type { SftpAuthentication } from '../auth/sftp.ts';
import { fingerprintOf } from '../auth/ssh-key.ts';
import type { Config } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import { GatewayError } from '../domain/problem.ts';
import type { Logs } from '../log.ts';
import { organizationIds } from '../state/maintenance/retention.ts';
import type { SourceSystemLookup } from '../state/source-system-lookup.ts';
import { createFileSettingsStore } from '../state/uploads/file-settings-store.ts';
import { createSftpStore, keepHostKeys } from '../state/uploads/sftp-store.ts';
import type { LiveIntake } from '../ways/intake.ts';
import { createFolder } from '../ways/sftp/folder.ts';
import { isTemporary } from '../ways/sftp/names.ts';
import { startSftpServer, type SftpClient, type SftpServer } from '../ways/sftp/server.ts';
import type { Releases } from './releases.ts';
import { StartError } from './start-error.ts';
import { startTicker } from './ticker.ts';

export interface SftpParts {
  readonly config: Pick<Config, 'host' | 'sftpPort' | 'sftpKeepDays' | 'lostKeys'>;
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
  readonly intake: LiveIntake;
  readonly authentication: SftpAuthentication;
  readonly sources: SourceSystemLookup;
  readonly logs: Logs;
  readonly releases: Releases;
}

/** What clients of SFTP are told to expect. */
export interface SftpInfo {
  readonly port: number;
  /** `SHA256:...` of each host key. */
  readonly fingerprints: readonly string[];
}

const POLL_MS = 5_000;

/** Serves SFTP where a port is configured. Throws StartError when the port is taken. */
export async function startSftp(parts: SftpParts): Promise<SftpInfo | undefined> {
  const { config, pool, sealer, intake, authentication, logs, releases } = parts;
  const { host, sftpPort } = config;
  if (sftpPort === undefined) return undefined;
  const log = logs('sftp');
  const isLost = (error: unknown): boolean => error instanceof KeyNotHeld && config.lostKeys.includes(error.keyId);
  const hostKeys = await keepHostKeys(pool, sealer, keyMakers, isLost);
  const folders = { intake, keeper: createSftpStore({ pool }), settings: createFileSettingsStore({ pool }) };
  const server = await startSftpServer(
    {
      hostKeys,
      authenticate: async (userName, address, proof) => {
        const principal = await authentication.authenticate(userName, address, proof);
        return enabled(parts.sources, principal);
      },
      knowsKey: (userName, key) => authentication.knowsKey(userName, key),
      folderOf: (client) => createFolder(folders, client, client.userName),
      log,
    },
    host,
    sftpPort,
  ).catch((error: unknown) => {
    throw new StartError(
      `The gateway cannot listen on port ${String(sftpPort)} of ${host} for SFTP: ${String(error)}.`,
      {
        cause: error,
      },
    );
  });
  releases.add('SFTP server', () => server.close());
  lookAfterFolders(parts, folders);
  return announce(server, hostKeys, log);
}

function announce({ port }: SftpServer, hostKeys: readonly string[], log: ReturnType<Logs>): SftpInfo {
  const fingerprints = fingerprintsOf(hostKeys);
  log.info({ port, fingerprints }, 'SFTP is served');
  return { port, fingerprints };
}

export function fingerprintsOf(hostKeys: readonly string[]): string[] {
  return hostKeys.map((text) => {
    const key = ssh2.utils.parseKey(text);
    if (key instanceof Error) throw key;
    return fingerprintOf(key.getPublicSSH());
  });
}

/** Made once: a few seconds for the RSA key, for clients that are too old for the other. */
export const keyMakers: Readonly<Record<string, () => string>> = {
  'ssh-ed25519': () => ssh2.utils.generateKeyPairSync('ed25519').private,
  'ssh-rsa': () => ssh2.utils.generateKeyPairSync('rsa', { bits: 3_072 }).private,
};

async function enabled(
  sources: SourceSystemLookup,
  { organizationId, sourceSystemId, userName }: SftpClient,
): Promise<SftpClient> {
  const source = await sources.get(organizationId, sourceSystemId);
  if (source?.state === 'enabled' || source?.state === 'validate') return { organizationId, sourceSystemId, userName };
  throw new GatewayError('source_system_disabled', 'The source system is disabled.');
}

type Folders = Parameters<typeof createFolder>[0] & { readonly keeper: ReturnType<typeof createSftpStore> };

/** Takes what has rested, where files are to rest; forgets the names of what was taken long ago. */
function lookAfterFolders({ config, pool, intake, logs, releases }: SftpParts, { keeper }: Folders): void {
  const log = logs('sftp');
  const ticker = startTicker({
    name: 'folders of SFTP',
    everyMs: POLL_MS,
    log,
    work: async () => {
      for (const organizationId of await organizationIds(pool)) {
        for (const { name, ...source } of await keeper.rested(organizationId)) {
          const entry = isTemporary(name) ? undefined : await keeper.find(source, name);
          if (entry?.closed === true) await intake.finish(organizationId, entry.upload.id);
        }
        await keeper.forget(organizationId, new Date(Date.now() - config.sftpKeepDays * 86_400_000));
      }
      return false;
    },
  });
  releases.add('folders of SFTP', () => ticker.stop());
}
