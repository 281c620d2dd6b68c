import { Command, InvalidArgumentError } from 'commander';
import type { RunHoldView } from '../../domain/administration/index.ts';
import { print } from '../output.ts';
import { commandEditor } from '../with-state.ts';
import { type Common, common, type OnRun } from './common.ts';

/** `passerelle run holds|approve|discard`: what guards keep back. */
export function holdCommands(onRun: OnRun): Command[] {
  const list = common(
    new Command('holds').description('list what guards keep back, and what was decided of it').argument('<id>'),
  ).action(async (id: string, options: Common) => {
    show(options, await onRun(options, ({ administration }, org) => administration.runs.holds(org, id)));
  });
  const decide = (verb: 'approve' | 'discard', description: string): Command =>
    common(new Command(verb).description(description).argument('<id>').argument('<hold>', 'its number', number))
      .option('--only <sourcedIds>', 'only the items of these sourcedIds, with commas between')
      .action(async (id: string, hold: number, options: Common & { only?: string }) => {
        const decision = {
          state: verb === 'approve' ? ('approved' as const) : ('discarded' as const),
          ...(options.only === undefined ? {} : { sourcedIds: options.only.split(',') }),
        };
        const holds = await onRun(options, ({ administration }, organizationId) =>
          administration.runs.decide(commandEditor({ id: organizationId }), id, hold, decision),
        );
        show(options, holds);
      });
  return [
    list,
    decide('approve', 'have the items of a hold applied, by the gateway that runs'),
    decide('discard', 'never apply the items of a hold'),
  ];
}

function show(options: Common, holds: readonly RunHoldView[]): void {
  print(options, holds, holds.map(row));
}

function row({ number: hold, guard, kind, finding, items, state, ...times }: RunHoldView): string[] {
  const { scope, count, of, window, windowMinutes, newSourcedIds } = finding;
  const { expiresAt, releaseAt, decidedBy } = times;
  const where = scope === undefined ? '' : ` in ${scope.type} ${scope.key}`;
  const within = windowMinutes === undefined ? '' : ` within ${windowMinutes} minutes`;
  return [
    String(hold),
    state.replaceAll('_', ' '),
    `${items} items`,
    kind,
    guard,
    `${count} of ${of}${newSourcedIds === undefined ? '' : ` ${newSourcedIds}, under other sourcedIds`}${where}${within}${window === undefined ? '' : ` in ${window}`}`,
    decidedBy !== null
      ? `by ${decidedBy}`
      : state === 'would_be_held'
        ? ''
        : releaseAt === null
          ? `until ${expiresAt}`
          : `applied by itself at ${releaseAt}`,
  ];
}

function number(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('write the number of a hold.');
  return Number(text);
}
