import type { RunEffects, RunView } from '../../domain/administration/index.ts';
import { effectSorts, type KindEffects } from '../../domain/run.ts';
import { harmless } from '../output.ts';

/** What became of a run, as the rows of a table. `org`: for the commands that show more. */
export function summaryOf(run: RunView, org: string): string[][] {
  const { id, state, mode, upload, dialect, problems, outcomes, failure, items, applied, held, effects } = run;
  const { waits, override, leaving } = run;
  return [
    ['run', id],
    ['file', upload === null ? '-' : upload.name, dialect ?? ''],
    ['state', run.paused ? `${state}, paused` : state, `mode ${mode}`],
    ...(waits === null
      ? []
      : [
          ['waits', placeOf(waits), waits.until === null ? '' : `until ${waits.until}`],
          ...(waits.for === 'blackout' ? [['see', `passerelle run resume --now --org ${org} ${id}`]] : []),
        ]),
    ...(override === null ? [] : [['through a blackout', `by ${override.by}`, override.at]]),
    ...(failure === null ? [] : [['failure', failure.code, failure.message]]),
    ...Object.entries(run.counters).map(([kind, counted]) => [
      kind,
      ...Object.entries(counted).map(([what, count]) => `${count} ${what}`),
    ]),
    ['plan', `${items} items`, state === 'finished' ? `${applied} applied` : `${applied} looked at`],
    ...(Object.keys(outcomes).length === 0
      ? []
      : [['of these', ...Object.entries(outcomes).map(([status, count]) => `${count} ${status}`)]]),
    ...leavingRows(leaving),
    ...Object.entries(effects).flatMap(([kind, of]) => effectRows(kind, of)),
    ...(held === 0
      ? []
      : [
          [mode === 'apply' ? 'held' : 'would be held', `${held} items`, `see passerelle run holds --org ${org} ${id}`],
        ]),
    ['problems', `${problems.error} errors`, `${problems.warning} warnings`],
    ...(problems.error + problems.warning === 0 ? [] : [['see', `passerelle run problems --org ${org} ${id}`]]),
  ];
}

function effectRows(kind: string, of: RunEffects): string[][] {
  const { count, live, from } = of;
  return [
    [`LMS, ${kind}`, effectsOf(of) || 'nothing'],
    ...(count === 0 ? [] : [['', `${count} of ${live} besides what is removed itself, by ${from.join(', ')}`]]),
  ];
}

/** "3 created, 1 ended". */
export function effectsOf(of: KindEffects): string {
  return effectSorts.flatMap((sort) => (of[sort] === 0 ? [] : [`${of[sort]} ${sort}`])).join(', ');
}

function leavingRows({ waiting, ended, returned, failed, nextAt }: RunView['leaving']): string[][] {
  if (waiting + ended + returned + failed === 0) return [];
  const parts = [
    `${waiting} end later${nextAt === null ? '' : `, the next at ${nextAt}`}`,
    `${ended} ended`,
    `${returned} returned`,
  ];
  return [['leaving', ...parts, ...(failed === 0 ? [] : [`${failed} failed`])]];
}

function placeOf(waits: NonNullable<RunView['waits']>): string {
  return waits.for === 'blackout'
    ? `in the blackout ${waits.window}`
    : `for the source system to be enabled (${waits.window})`;
}

/** How far it is, in one line. */
export function progressLine({ state, waits, progress }: RunView): string {
  if (waits !== null) return [state, `waits ${harmless(placeOf(waits))}`, `until ${waits.until ?? '?'}`].join('  ');
  const { percent, rowsPerSecond, expectedEndAt, file } = progress;
  return [
    state,
    `${percent} %`,
    ...(file === null ? [] : [harmless(file)]),
    ...(rowsPerSecond === null ? [] : [`${rowsPerSecond} rows/s`]),
    ...(expectedEndAt === null ? [] : [`until ${expectedEndAt.slice(11, 19)} UTC`]),
  ].join('  ');
}
