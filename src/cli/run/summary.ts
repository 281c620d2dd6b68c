import type { RunView } from '../../domain/administration/index.ts';
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
    ['plan', `${items} items`, `${applied} applied`],
    ...(Object.keys(outcomes).length === 0
      ? []
      : [['of these', ...Object.entries(outcomes).map(([status, count]) => `${count} ${status}`)]]),
    ...leavingRows(leaving),
    ...Object.entries(effects).map(([kind, { count, live }]) => [
      'effects',
      `${count} of ${live} ${kind} would end besides`,
    ]),
    ...(held === 0
      ? []
      : [
          [mode === 'apply' ? 'held' : 'would be held', `${held} items`, `see passerelle run holds --org ${org} ${id}`],
        ]),
    ['problems', `${problems.error} errors`, `${problems.warning} warnings`],
    ...(problems.error + problems.warning === 0 ? [] : [['see', `passerelle run problems --org ${org} ${id}`]]),
  ];
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
