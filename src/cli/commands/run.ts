import { pipeline } from 'node:stream/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../../config.ts';
import type { PageRequest, RunItemView, RunProblemView, RunView } from '../../domain/administration/index.ts';
import { type ItemOperation, itemOperations, type RunState, runStates } from '../../domain/run.ts';
import { itemLines } from '../../http/api/routes/runs/item-lines.ts';
import { print } from '../output.ts';
import { type Common, common, createOnRun, type OnRun } from '../run/common.ts';
import { rollbackCommand } from '../run/rollback-command.ts';
import { holdCommands } from '../run/hold-commands.ts';
import { summaryOf } from '../run/summary.ts';
import { commandEditor } from '../with-state.ts';

/** `passerelle run`: what became of files. */
export function runCommand(environment: Environment): Command {
  const onRun = createOnRun(environment);
  const run = new Command('run').description(
    'show runs with their plans and problems; approve or discard what is held; pause, resume, cancel, take back',
  );
  run.addCommand(listCommand(onRun));
  common(run.command('show').description('show a run').argument('<id>')).action(async (id: string, options: Common) => {
    const shown = await onRun(options, (context, org) => context.administration.runs.get(org, id));
    print(options, shown, summaryOf(shown, options.org));
  });
  run.addCommand(problemsCommand(onRun));
  run.addCommand(itemsCommand(onRun));
  run.addCommand(rollbackCommand(environment));
  for (const command of holdCommands(onRun)) run.addCommand(command);
  run.addCommand(resumeCommand(onRun));
  for (const [verb, description] of Object.entries(controls)) {
    common(run.command(verb).description(description).argument('<id>')).action(async (id: string, options: Common) => {
      const shown = await onRun(options, ({ administration }, organizationId) =>
        administration.runs[verb as keyof typeof controls](commandEditor({ id: organizationId }), id),
      );
      print(options, shown, summaryOf(shown, options.org));
    });
  }
  return run;
}

const controls = {
  pause: 'hold a run where it is; runs behind it wait',
  cancel: 'end a run; what it has applied stays',
} as const;

function resumeCommand(onRun: OnRun): Command {
  return common(new Command('resume').description('let a paused run go on').argument('<id>'))
    .option('--now', 'also through a blackout, until it ends; who said so is kept')
    .action(async (id: string, options: Common & { now?: true }) => {
      const shown = await onRun(options, ({ administration }, organizationId) =>
        administration.runs.resume(commandEditor({ id: organizationId }), id, options.now === true),
      );
      print(options, shown, summaryOf(shown, options.org));
    });
}

function listCommand(onRun: OnRun): Command {
  return common(new Command('list').description('list runs, the latest first'))
    .option('--source-system <code>')
    .addOption(new Option('--state <state>').choices(runStates))
    .option('--limit <number>', 'the most runs', limit, 20)
    .option('--after <place>', 'go on where the page before ended, as it says')
    .action(async (options: Common & Paging & { sourceSystem?: string; state?: RunState }) => {
      const { sourceSystem, state } = options;
      const filter = {
        ...(sourceSystem === undefined ? {} : { sourceSystem }),
        ...(state === undefined ? {} : { state }),
      };
      const { items, next } = await onRun(options, ({ administration }, org) =>
        administration.runs.list(org, filter, pageOf(options)),
      );
      print(options, items, [['id', 'source system', 'state', 'mode', 'file', 'requested'], ...items.map(runRow)]);
      tellMore(next);
    });
}

function runRow({ id, sourceSystem, state, waits, mode, upload, requestedAt }: RunView): string[] {
  return [id, sourceSystem, waits === null ? state : `${state}, waits`, mode, upload?.name ?? '-', requestedAt];
}

function problemsCommand(onRun: OnRun): Command {
  return common(new Command('problems').description('list the problems of a run, root causes first').argument('<id>'))
    .option('--limit <number>', 'the most problems', limit, 50)
    .option('--after <place>', 'go on where the page before ended, as it says')
    .action(async (id: string, options: Common & Paging) => {
      const { items, next } = await onRun(options, ({ administration }, org) =>
        administration.runs.problems(org, id, {}, pageOf(options)),
      );
      print(options, items, items.map(problemRow));
      tellMore(next);
    });
}

function problemRow({ severity, code, file, line, column, message, affects }: RunProblemView): string[] {
  const place = [file, line, column].filter((part) => part !== null).join(':');
  return [severity, code, place, affects > 0 ? `${affects} wait` : '', message];
}

type ItemOptions = Common & Paging & { operation?: ItemOperation; noteworthy?: true; csv?: true };

function itemsCommand(onRun: OnRun): Command {
  return common(new Command('items').description('browse the plan of a run').argument('<id>'))
    .addOption(new Option('--operation <operation>').choices(itemOperations))
    .option('--noteworthy', 'only what is not simply done')
    .option('--limit <number>', 'the most items', limit, 50)
    .option('--after <place>', 'go on where the page before ended, as it says')
    .option('--csv', 'all of them with what became of them, as CSV')
    .action(async (id: string, options: ItemOptions) => {
      const { operation, noteworthy } = options;
      const filter = {
        ...(operation === undefined ? {} : { operation }),
        ...(noteworthy === undefined ? {} : { noteworthy }),
      };
      if (options.csv) {
        await onRun(options, async ({ administration: { runs } }, org) => {
          const page = (after?: string) => runs.items(org, id, filter, { limit: 1_000, ...(after && { after }) });
          await pipeline(itemLines(page), process.stdout, { end: false });
        });
        return;
      }
      const { items, next } = await onRun(options, ({ administration }, org) =>
        administration.runs.items(org, id, filter, pageOf(options)),
      );
      print(options, items, items.map(itemRow));
      tellMore(next);
    });
}

function itemRow(item: RunItemView): string[] {
  const { number, operation, kind, sourcedId, file, line, changes, applied, outcome, leaves } = item;
  const place = file === null ? 'absent' : `${file}:${line ?? ''}`;
  const fields = changes.map(
    ({ field, before, after }) => `${field}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
  );
  return [
    String(number),
    operation,
    kind,
    sourcedId,
    place,
    outcome?.status ?? (applied ? 'done' : ''),
    leaves === null ? fields.join('; ') : leaving(leaves),
  ];
}

function leaving({ meanwhile, days, dueAt, state }: NonNullable<RunItemView['leaves']>): string {
  if (state !== null && state !== 'waiting') return state;
  if (dueAt !== null) return `${meanwhile} until ${dueAt}`;
  return typeof days === 'number' ? `${meanwhile} for ${days} days` : `${meanwhile} until it is declared or deleted`;
}

interface Paging {
  limit: number;
  after?: string;
}

function pageOf({ limit: most, after }: Paging): PageRequest {
  return { limit: most, ...(after === undefined ? {} : { after }) };
}

/** On standard error: what comes on the other is the page, as JSON too. */
function tellMore(next: string | undefined): void {
  if (next !== undefined) console.error(`There are more: --after ${next}`);
}

function limit(text: string): number {
  if (!/^[1-9]\d{0,2}$|^1000$/.test(text)) throw new InvalidArgumentError('write a whole number up to 1000.');
  return Number(text);
}
