import { Command, InvalidArgumentError } from 'commander';
import type { Environment } from '../../config.ts';
import type { DateSpan, Freshness } from '../../domain/freshness.ts';
import { freshnessView, readCalendar } from '../../http/api/routes/freshness.ts';
import { CommandError, print, type PrintOptions } from '../output.ts';
import { type NoticeContext, withNotices } from '../with-notices.ts';

type WatchOptions = PrintOptions & {
  maxSilence?: number;
  timeZone?: string;
  hours?: { from: string; to: string };
  weekdays?: string[];
  term: DateSpan[];
  exclude: DateSpan[];
};

/** `passerelle notify watch` and `unwatch`: how long source systems may be silent. */
export function watchCommands(environment: Environment): Command[] {
  return [watchCommand(environment), unwatchCommand(environment)];
}

function watchCommand(environment: Environment): Command {
  return new Command('watch')
    .description('watch a source system, or show how it is watched. A calendar is set as a whole')
    .argument('<org>')
    .argument('<source>')
    .option('--max-silence <time>', 'so much may pass without a message or a file: 90m, 24h', duration)
    .option('--time-zone <name>', 'of hours and dates, such as America/Toronto')
    .option('--hours <from-to>', 'only these hours count, such as 08:00-18:00', hours)
    .option('--weekdays <days>', 'only these days count, such as mon,tue,wed,thu,fri', (text) => text.split(','))
    .option('--term <from..to>', 'only these dates count, such as 2026-09-01..2026-12-20; may be repeated', spans, [])
    .option('--exclude <from..to>', 'these dates do not count, such as 2026-12-25; may be repeated', spans, [])
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, options: WatchOptions) => {
      const shown = await withNotices(environment, org, async (context) => {
        const key = await keyOf(context, source);
        if (isGiven(options)) await set(context, key, options);
        const found = await context.notices.freshness.find(key);
        return found && { found, silentAt: context.notices.silentAt(found) };
      });
      if (shown === undefined) {
        print(options, null, [[`${source} is not watched: --max-silence 24h watches it.`]]);
        return;
      }
      const view = freshnessView(shown.found, shown.silentAt);
      print(options, view, rowsOf(source, shown.found, shown.silentAt));
    });
}

function unwatchCommand(environment: Environment): Command {
  return new Command('unwatch')
    .description('watch a source system no more')
    .argument('<org>')
    .argument('<source>')
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, options: PrintOptions) => {
      await withNotices(environment, org, async (context) =>
        context.notices.freshness.remove(await keyOf(context, source)),
      );
      print(options, { unwatched: source }, [[`${source} is not watched any more.`]]);
    });
}

async function keyOf({ administration, organizationId }: NoticeContext, source: string) {
  const { id: sourceSystemId } = await administration.sourceSystems.get(organizationId, source);
  return { organizationId, sourceSystemId };
}

function isGiven({ json: _, term, exclude, ...named }: WatchOptions): boolean {
  return Object.keys(named).length > 0 || term.length + exclude.length > 0;
}

async function set(
  { notices }: NoticeContext,
  key: { organizationId: number; sourceSystemId: number },
  { maxSilence, timeZone, hours: between, weekdays, term, exclude }: WatchOptions,
): Promise<void> {
  if (maxSilence === undefined) throw new CommandError('Say how long it may be silent: --max-silence 24h.');
  const wish = {
    maxSilenceMinutes: maxSilence,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(between === undefined ? {} : { hours: between }),
    ...(weekdays === undefined ? {} : { weekdays }),
    ...(term.length === 0 ? {} : { terms: term }),
    ...(exclude.length === 0 ? {} : { excluded: exclude }),
  };
  await notices.freshness.put(key, readCalendar(wish, { notices }), { actor: 'command line' });
}

function rowsOf(source: string, { calendar, heardAt, silentSince }: Freshness, silentAt: Date | null): string[][] {
  const { maxSilenceMinutes, timeZone, hours: between, weekdays, terms = [], excluded = [] } = calendar;
  const said = (spansOf: readonly DateSpan[]): string => spansOf.map(({ from, to }) => `${from}..${to}`).join(' ');
  return [
    ['source system', source],
    ['may be silent for', `${String(maxSilenceMinutes)} min`],
    ['time zone', timeZone],
    ['hours', between === undefined ? 'all' : `${between.from}-${between.to}`],
    ['weekdays', weekdays?.join(',') ?? 'all'],
    ...(terms.length === 0 ? [] : [['terms', said(terms)]]),
    ...(excluded.length === 0 ? [] : [['excluded', said(excluded)]]),
    ['last known to speak', heardAt?.toISOString() ?? 'never'],
    silentSince === null
      ? [
          'silent for too long',
          silentAt === null ? 'never: no time counts any more' : `at ${silentAt.toISOString()}, unless it spoke since`,
        ]
      : ['SILENT since', silentSince.toISOString()],
  ];
}

function duration(text: string): number {
  const [, count, unit] = /^(\d{1,6})(m|h|d)$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('write minutes, hours or days: 90m, 24h, 2d.');
  return Number(count) * (unit === 'm' ? 1 : unit === 'h' ? 60 : 1_440);
}

function hours(text: string): { from: string; to: string } {
  const [from = '', to = ''] = text.split('-');
  return { from, to };
}

/** `2026-12-25` is a day, `2026-12-24..2027-01-03` are several. */
function spans(text: string, before: DateSpan[]): DateSpan[] {
  const [from = '', to = from] = text.split('..');
  return [...before, { from, to }];
}
