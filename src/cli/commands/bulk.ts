import { Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../../config.ts';
import {
  type ExchangeEntityType,
  exchangeEntityTypes,
  type ExchangeFileView,
  type ExchangeState,
  exchangeStates,
  type ExchangeView,
} from '../../domain/bulk-exchange.ts';
import { inUtc } from '../../http/api/routes/exchanges.ts';
import { print } from '../output.ts';
import { type Common, common, createOnRun, type OnRun } from '../run/common.ts';
import { commandEditor } from '../with-state.ts';

/** `passerelle bulk`: bulk data exchanges of LIS. */
export function bulkCommand(environment: Environment): Command {
  const onOrganization = createOnRun(environment);
  const bulk = new Command('bulk').description('list, show, request and cancel bulk data exchanges of LIS');
  bulk.addCommand(listCommand(onOrganization));
  common(bulk.command('show').description('show an exchange with its files').argument('<id>')).action(
    async (id: string, options: Common) => {
      const shown = await onOrganization(options, ({ administration }, org) => administration.exchanges.get(org, id));
      print(options, shown, summaryOf(shown));
    },
  );
  bulk.addCommand(requestCommand(onOrganization));
  common(
    bulk
      .command('cancel')
      .description('end an exchange with its runs, and tell the SIS; what was applied stays')
      .argument('<id>'),
  ).action(async (id: string, options: Common) => {
    const shown = await onOrganization(options, ({ administration }, org) =>
      administration.exchanges.cancel(commandEditor({ id: org }), id),
    );
    print(options, shown, summaryOf(shown));
  });
  return bulk;
}

function listCommand(onOrganization: OnRun): Command {
  return common(new Command('list').description('list exchanges, the latest first'))
    .option('--source-system <code>')
    .addOption(new Option('--state <state>').choices(exchangeStates))
    .option('--limit <number>', 'the most exchanges', limit, 20)
    .action(async (options: Common & { sourceSystem?: string; state?: ExchangeState; limit: number }) => {
      const { sourceSystem, state } = options;
      const filter = {
        ...(sourceSystem === undefined ? {} : { sourceSystem }),
        ...(state === undefined ? {} : { state }),
      };
      const { items } = await onOrganization(options, ({ administration }, org) =>
        administration.exchanges.list(org, filter, { limit: options.limit }),
      );
      const head = ['id', 'source system', 'transaction', 'state', 'begun by', 'files', 'since'];
      print(options, items, [head, ...items.map(row)]);
    });
}

function row({ id, sourceSystem, transactionId, state, begunBy, files, createdAt }: ExchangeView): string[] {
  return [id, sourceSystem, transactionId, state, begunBy, String(files.length), createdAt];
}

type Request = Common & { sourceSystem: string; entityTypes?: ExchangeEntityType[]; savePoint?: string };

function requestCommand(onOrganization: OnRun): Command {
  return common(new Command('request').description('ask the SIS for data in bulk; the gateway sends the request'))
    .requiredOption('--source-system <code>', 'whose SIS is asked, at its endpoint bulk')
    .addOption(new Option('--entity-types <types...>', 'only these').choices(exchangeEntityTypes))
    .option('--save-point <instant>', 'only what changed since: YYYY-MM-DDTHH:MM:SS.NNN, UTC', savePointOf)
    .action(async (options: Request) => {
      const { sourceSystem, entityTypes, savePoint } = options;
      const shown = await onOrganization(options, ({ administration }, org) =>
        administration.exchanges.request(commandEditor({ id: org }), sourceSystem, {
          ...(entityTypes === undefined ? {} : { entityTypes }),
          ...(savePoint === undefined ? {} : { savePoint }),
        }),
      );
      print(options, shown, summaryOf(shown));
    });
}

function savePointOf(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) {
    try {
      return inUtc(text);
    } catch {
      // Falls through: it looks like an instant, and is none.
    }
  }
  throw new InvalidArgumentError('write an instant as 2026-03-01T00:00:00.000.');
}

function summaryOf(exchange: ExchangeView): string[][] {
  const { id, transactionId, state, sourceSystem, problem, told, files, sisReport } = exchange;
  return [
    ['exchange', id],
    ['transaction', transactionId],
    ['source system', sourceSystem],
    ['state', state],
    ...files.map(fileRow),
    ...sisReport.map((text) => ['the SIS says', text]),
    ...(problem === null ? [] : [['problem', `${problem.message} [${problem.code}]`]]),
    ...(told === null ? [] : [['told last', `${told.operation} at ${told.at}`, told.problem?.message ?? 'heard']]),
  ];
}

function fileRow({ number, address, receivedAt, runId }: ExchangeFileView): string[] {
  const fetched = receivedAt === null ? 'not fetched' : 'fetched';
  return [`file ${String(number)}`, address, runId === null ? fetched : `run ${runId}`];
}

function limit(text: string): number {
  if (!/^[1-9]\d{0,2}$|^1000$/.test(text)) throw new InvalidArgumentError('write a whole number up to 1000.');
  return Number(text);
}
