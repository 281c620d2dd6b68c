import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../../config.ts';
import type { RunMode, RunOptions, SnapshotKind } from '../../domain/run.ts';
import { runModes, snapshotKinds } from '../../domain/run.ts';
import { createUploadStore } from '../../state/uploads/upload-store.ts';
import { CommandError, print, type PrintOptions } from '../output.ts';
import { summaryOf } from '../run/summary.ts';
import { watchRun } from '../run/watch-run.ts';
import { type ListContext, withLists } from '../with-lists.ts';
import { commandEditor } from '../with-state.ts';

type Options = PrintOptions & {
  org: string;
  sourceSystem: string;
  mode: RunMode;
  snapshot?: readonly SnapshotKind[];
  under?: string;
  asOf?: string;
  force?: true;
  wait: boolean;
};

/** The largest that is taken; a zip beyond 4 GiB would need more than its directory anyway. */
const limitBytes = 4 * 1024 ** 3;

/** `passerelle import FILE`: takes a file as if the SIS had sent it, and shows what becomes of it. */
export function importCommand(environment: Environment): Command {
  return new Command('import')
    .description('import a file of a source system (a zip, or a single file), and show what becomes of it')
    .argument('<file>')
    .requiredOption('--source-system <code>', 'whose file it is')
    .option('--org <code>', 'the organization', 'demo')
    .addOption(
      new Option('--mode <mode>', 'validate: problems only; plan: also a stored plan; apply: the plan is applied')
        .choices(runModes)
        .default('apply'),
    )
    .option('--dry-run', 'the same as --mode plan')
    .option(
      '--snapshot <kinds>',
      `the file names all there is of these kinds, and what it does not name is removed: ${snapshotKinds.join(', ')}, with commas between`,
      kindsOf,
    )
    .option('--under <sourcedId>', 'of a snapshot: only what is declared below this org unit, such as a semester')
    .option('--as-of <instant>', 'when the file was made (ISO 8601): what was declared later is left alone')
    .option('--force', 'apply what guards would hold')
    .option('--no-wait', 'print the id of the run, and leave it to the gateway')
    .option('--json', 'as JSON')
    .action(async (file: string, options: Options & { dryRun?: true }) => {
      const mode = options.dryRun === true ? 'plan' : options.mode;
      const run = await withLists(environment, async (context) => {
        const id = await requestRun(context, file, { ...options, mode });
        const { id: organizationId } = await context.administration.organizations.get(options.org);
        return options.wait
          ? watchRun(context, organizationId, id, options)
          : context.administration.runs.get(organizationId, id);
      });
      print(options, run, summaryOf(run, options.org));
      if (run.state === 'failed' || run.problems.error > 0) process.exitCode = 1;
    });
}

async function requestRun(
  { administration, database, sealer }: ListContext,
  file: string,
  options: Options,
): Promise<string> {
  const organization = await administration.organizations.get(options.org);
  const source = await administration.sourceSystems.get(organization.id, options.sourceSystem);
  const size = await stat(file).catch(() => undefined);
  if (size?.isFile() !== true) throw new CommandError(`There is no file ${file}.`);
  const uploads = createUploadStore({ pool: database.pool, sealer, limitBytes });
  const upload = await uploads.begin(organization.id, {
    sourceSystemId: source.id,
    name: basename(file),
    way: 'command',
    receivedFrom: 'command line',
    announcedBytes: size.size,
  });
  await uploads.append(organization.id, upload.id, 0, createReadStream(file));
  await uploads.complete(organization.id, upload.id);
  const run = await administration.runs.request(commandEditor(organization), {
    sourceSystem: source.code,
    uploadId: upload.id,
    mode: options.mode,
    options: runOptions(options),
  });
  return run.id;
}

function runOptions({ snapshot, under, asOf, force }: Options): RunOptions {
  if (under !== undefined && snapshot === undefined)
    throw new CommandError('--under says how far a snapshot goes: name its kinds by --snapshot.');
  if (under !== undefined && snapshot?.includes('person') === true)
    throw new CommandError('Persons stand below no org unit: leave person out of --snapshot, or --under.');
  return {
    ...(snapshot === undefined
      ? {}
      : { snapshot: { kinds: [...snapshot], ...(under === undefined ? {} : { under }) } }),
    ...(asOf === undefined ? {} : { asOf: instantOf(asOf) }),
    ...(force === undefined ? {} : { force }),
  };
}

function kindsOf(text: string): SnapshotKind[] {
  return text.split(',').map((word) => {
    const kind = snapshotKinds.find((each) => each === word.trim());
    if (kind === undefined) throw new InvalidArgumentError(`"${word}" is none of ${snapshotKinds.join(', ')}.`);
    return kind;
  });
}

function instantOf(text: string): string {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) throw new CommandError(`${text} is no instant: write 2026-09-01T04:00:00Z.`);
  return instant.toISOString();
}
