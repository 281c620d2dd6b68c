import { Command } from 'commander';
import type { Environment } from '../../config.ts';
import { keepHostKeys } from '../../state/uploads/sftp-store.ts';
import { print, type PrintOptions } from '../output.ts';
import { withState } from '../with-state.ts';

/** Another gateway on the same database may have one. */
export const noSftpPort = 'none: PASSERELLE_SFTP_PORT is not set here; a gateway listens where its own says';

/** `passerelle sftp`: what clients of SFTP are told to expect. Who may come in are the credentials of source systems. */
export function sftpCommand(environment: Environment): Command {
  return new Command('sftp')
    .description('show the port of the SFTP server and the fingerprints of its host keys')
    .option('--json', 'as JSON')
    .action(async (options: PrintOptions) => {
      // Loaded here, as other commands have use for the words above only.
      const { fingerprintsOf, keyMakers } = await import('../../app/sftp.ts');
      const shown = await withState(environment, async ({ config, database, sealer }) => ({
        port: config.sftpPort ?? null,
        fingerprints: fingerprintsOf(await keepHostKeys(database.pool, sealer, keyMakers)),
      }));
      print(options, shown, [
        ['port', shown.port === null ? noSftpPort : String(shown.port)],
        ...shown.fingerprints.map((fingerprint) => ['host key', fingerprint]),
      ]);
    });
}
