import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { createFetchAdministration } from '../../app/fetches.ts';
import type { Environment } from '../../config.ts';
import type { FileSettings } from '../../domain/file-settings.ts';
import { type RunMode, runModes } from '../../domain/run.ts';
import { createFileSettingsStore } from '../../state/uploads/file-settings-store.ts';
import { print, type PrintOptions } from '../output.ts';
import { commandEditor, type StateContext, withState } from '../with-state.ts';
import { noSftpPort } from './sftp.ts';

type Options = PrintOptions & {
  mode?: RunMode;
  snapshot?: boolean;
  pickUp?: FileSettings['pickUp'];
  restSeconds?: number;
};

/** `passerelle source files`: how files of a source system come in, and what is done with them. */
export function filesCommand(environment: Environment): Command {
  return new Command('files')
    .description(
      'show by which ways files come in and how they are taken, or set how; what is not named stays as it is',
    )
    .argument('<org>')
    .argument('<source>')
    .addOption(new Option('--mode <mode>', 'how far the runs of its files go').choices(runModes))
    .option('--snapshot', 'its files are whole: what they do not name is gone')
    .option('--no-snapshot', 'they are not')
    .addOption(
      new Option(
        '--pick-up <when>',
        'a file of SFTP is taken when it is closed, or when it has rested as well',
      ).choices(['close', 'rest']),
    )
    .option('--rest-seconds <number>', 'for how long a file must not have changed, of the watched folder too', seconds)
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, options: Options) => {
      const shown = await withState(environment, async (context) => {
        const { id: organizationId } = await context.administration.organizations.get(org);
        const { id, code, effectiveOptions } = await context.administration.sourceSystems.get(organizationId, source);
        const store = createFileSettingsStore({ pool: context.database.pool });
        const before = await store.get(organizationId, id);
        const wanted = changed(before, options);
        // A change that somebody else made since these were read is not overwritten.
        if (wanted !== undefined) await store.put(commandEditor({ id: organizationId }), id, wanted, before.version);
        const { guards, windows, grace } = effectiveOptions;
        return {
          settings: viewOf(wanted ?? before),
          ways: await waysOf(context, { organizationId, organization: org, sourceSystemId: id, code }),
          options: { guards, windows, grace },
        };
      });
      print(options, shown, [
        ...Object.entries(shown.settings).map(([name, value]) => [name, String(value)]),
        ['sftp', ...sftpRow(shown.ways.sftp)],
        ['watched folder', shown.ways.watchedFolder ?? 'none: set PASSERELLE_WATCH_FOLDER'],
        ['fetched', shown.ways.fetches.join(', ') || `nothing: passerelle fetch set ${org} ${source} NAME`],
        ...Object.entries(shown.options).map(([name, value]) => [name, JSON.stringify(value)]),
        ['', `passerelle source set ${org} ${source} --option guards=JSON sets guards; likewise windows and grace`],
      ]);
    });
}

/** Undefined: nothing is to be changed. */
function changed(before: FileSettings, { mode, snapshot, pickUp, restSeconds }: Options): FileSettings | undefined {
  if ([mode, snapshot, pickUp, restSeconds].every((each) => each === undefined)) return undefined;
  return {
    mode: mode ?? before.mode,
    options: snapshot === undefined ? before.options : snapshot ? { snapshot } : {},
    pickUp: pickUp ?? before.pickUp,
    restS: restSeconds ?? before.restS,
  };
}

function viewOf({ mode, options, pickUp, restS }: FileSettings) {
  return { mode, snapshot: options.snapshot === true, pickUp, restSeconds: restS };
}

interface Ways {
  readonly sftp: { readonly port: number | null; readonly userNames: readonly string[] };
  readonly watchedFolder: string | null;
  /** The names of the addresses. */
  readonly fetches: readonly string[];
}

async function waysOf(
  { config, credentials, database, sealer }: StateContext,
  source: { organizationId: number; organization: string; sourceSystemId: number; code: string },
): Promise<Ways> {
  const { organizationId, sourceSystemId } = source;
  const live = (await credentials.listCredentials(organizationId, sourceSystemId)).filter(
    ({ kind, revokedAt }) => revokedAt === null && ['hashed', 'sealed', 'ssh_key'].includes(kind),
  );
  const fetches = await createFetchAdministration(database.pool, sealer).list(source);
  const { sftpPort, watchFolder } = config;
  return {
    sftp: { port: sftpPort ?? null, userNames: [...new Set(live.map(({ userName }) => userName))] },
    watchedFolder: watchFolder === undefined ? null : join(watchFolder, source.organization, source.code),
    fetches: fetches.map(({ name }) => name),
  };
}

function sftpRow({ port, userNames }: Ways['sftp']): string[] {
  if (port === null) return [noSftpPort];
  const who = userNames.length === 0 ? 'nobody: passerelle source credential create' : userNames.join(', ');
  return [`port ${String(port)}`, `user names: ${who}`];
}

function seconds(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 86_400) throw new InvalidArgumentError('write a whole number from 1 to 86400.');
  return count;
}
