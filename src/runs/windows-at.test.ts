import { describe, expect, it, test } from '@jest/globals';
import { type RunWindow, type RunWindows, type Weekday, windowMistakes } from '../domain/run-windows.ts';
import { windowsAt } from './windows-at.ts';

const at = (windows: RunWindows, instant: string, zone?: string) =>
  windowsAt({ windows, quirks: zone === undefined ? {} : { timeZone: zone } }, new Date(instant));

const until = (windows: RunWindows, instant: string, zone?: string): string | undefined =>
  at(windows, instant, zone).blackout?.until.toISOString();

const exams: RunWindow = { name: 'Exams', from: '2026-12-10T18:00', until: '2026-12-19T06:00' };
const night = (days: Weekday[], from: string, to: string): RunWindow => ({
  name: 'Night',
  weekly: { days, from, until: to },
});

describe('a blackout', () => {
  it('is open from its beginning until just before its end, in the zone of the source system', () => {
    const windows = { blackouts: [exams] };
    expect(until(windows, '2026-12-10T16:59:59Z', 'Europe/Paris')).toBeUndefined();
    expect(until(windows, '2026-12-10T17:00:00Z', 'Europe/Paris')).toBe('2026-12-19T05:00:00.000Z');
    expect(until(windows, '2026-12-19T05:00:00Z', 'Europe/Paris')).toBeUndefined();
    expect(until(windows, '2026-12-19T05:00:00Z')).toBe('2026-12-19T06:00:00.000Z');
    expect(until({ ...windows, timeZone: 'America/Toronto' }, '2026-12-10T22:59:00Z', 'Europe/Paris')).toBeUndefined();
  });

  it('of every week runs over midnight, also over the end of the week', () => {
    const windows = { blackouts: [night(['sat'], '22:00', '04:00')] };
    expect(until(windows, '2026-11-21T22:00:00Z')).toBe('2026-11-22T04:00:00.000Z');
    expect(until(windows, '2026-11-22T03:59:00Z')).toBe('2026-11-22T04:00:00.000Z');
    expect(until(windows, '2026-11-22T04:00:00Z')).toBeUndefined();
    expect(until(windows, '2026-11-20T23:00:00Z')).toBeUndefined();
  });

  it('goes on until the last of windows that follow each other', () => {
    const weekend = {
      name: 'Weekend',
      weekly: { days: ['sat' as const, 'sun' as const], from: '00:00', until: '24:00' },
    };
    const windows = { blackouts: [night(['fri'], '18:00', '24:00'), weekend, night(['mon'], '00:00', '06:00')] };
    const named = windows.blackouts.map((window, index) => ({ ...window, name: `${window.name} ${index}` }));
    expect(until({ blackouts: named }, '2026-11-20T19:00:00Z')).toBe('2026-11-23T06:00:00.000Z');
    expect(at({ blackouts: named }, '2026-11-20T19:00:00Z').blackout?.window).toBe('Night 0');
  });

  test.each([
    // 2026-03-29: clocks go from 02:00 to 03:00. The hour that is skipped makes a window shorter.
    ['2026-03-29T00:30:00Z', '01:00', '04:00', '2026-03-29T02:00:00.000Z'],
    // It ends in the hour that is skipped: when that hour would have been.
    ['2026-03-29T00:30:00Z', '01:00', '02:30', '2026-03-29T01:30:00.000Z'],
    // 2026-10-25: clocks go from 03:00 to 02:00. It ends when it is 02:30 for the second time.
    ['2026-10-25T00:45:00Z', '01:00', '02:30', '2026-10-25T01:30:00.000Z'],
    // It begins when it is 02:30 for the first time.
    ['2026-10-25T00:30:00Z', '02:30', '04:00', '2026-10-25T03:00:00.000Z'],
    ['2026-10-25T01:15:00Z', '02:30', '04:00', '2026-10-25T03:00:00.000Z'],
  ])('at %s in Paris, %s to %s, goes on until %s', (instant, from, to, end) => {
    expect(until({ blackouts: [night(['sun'], from, to)] }, instant, 'Europe/Paris')).toBe(end);
  });
});

test('a window for adds alone lets changes through only where every open one does', () => {
  const loose = { ...exams, name: 'Loose', changes: true };
  expect(at({ addsOnly: [loose] }, '2026-12-11T00:00:00Z').addsOnly).toEqual({
    window: 'Loose',
    until: new Date('2026-12-19T06:00:00Z'),
    changes: true,
  });
  const nightly = night(['fri'], '00:00', '06:00');
  expect(at({ addsOnly: [loose, nightly] }, '2026-12-11T01:00:00Z').addsOnly).toMatchObject({ changes: false });
  expect(at({ addsOnly: [loose] }, '2026-12-01T00:00:00Z')).toEqual({});
});

describe('what is wrong with windows is told in words', () => {
  test.each<[string, RunWindows, RegExp]>([
    [
      'it ends before it begins',
      { blackouts: [{ ...exams, until: '2026-12-09T06:00' }] },
      /"Exams" ends \(2026-12-09T06:00\) before it begins \(2026-12-10T18:00\)/,
    ],
    ['there is no such day', { addsOnly: [{ ...exams, until: '2027-02-30T06:00' }] }, /in no calendar: 2027-02-30/],
    ['it has no length', { blackouts: [night(['mon'], '06:00', '06:00')] }, /00:00 to 24:00/],
    ['a day twice', { blackouts: [night(['mon', 'mon'], '05:00', '06:00')] }, /names a day twice/],
    [
      'two of one name',
      { blackouts: [exams, { ...exams, from: '2027-01-01T00:00', until: '2027-01-02T00:00' }] },
      /each its own name/,
    ],
    [
      'two that overlap',
      { blackouts: [exams, { name: 'Feast', from: '2026-12-18T00:00', until: '2026-12-27T00:00' }] },
      /"Exams" and "Feast" overlap/,
    ],
    [
      'two that overlap over the end of the week',
      { blackouts: [night(['sat'], '22:00', '04:00'), { ...night(['sun'], '03:00', '05:00'), name: 'Early' }] },
      /"Night" and "Early" overlap/,
    ],
    [
      'no time is left',
      {
        blackouts: [
          {
            name: 'Always',
            weekly: { days: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '00:00', until: '24:00' },
          },
        ],
      },
      /no minute of the week/,
    ],
  ])('%s', (_, windows, said) => {
    expect(windowMistakes(windows)).toEqual([expect.stringMatching(said)]);
  });

  it('and nothing of windows that touch, or that lie over those of every week', () => {
    const next = { name: 'Feast', from: exams.until, until: '2026-12-27T00:00' } as RunWindow;
    expect(
      windowMistakes({ blackouts: [exams, next, night(['mon', 'sat'], '22:00', '04:00')], addsOnly: [exams] }),
    ).toEqual([]);
  });
});
