import { expect, test } from '@jest/globals';
import type { WatchedSource } from '../../domain/freshness.ts';
import { judgeSilence } from './judge-silence.ts';

const now = new Date('2026-11-18T15:00:00Z');
const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000);
const source = (facts: Partial<WatchedSource>): WatchedSource => ({
  calendar: { maxSilenceMinutes: 60, timeZone: 'UTC' },
  enabled: true,
  watchedFrom: minutes(-1_000),
  heardAt: null,
  newlyHeardAt: null,
  silentSince: null,
  ...facts,
});

test('who spoke a moment ago is looked at when that is too long ago', () => {
  expect(judgeSilence(source({ newlyHeardAt: minutes(-10) }), now)).toEqual({
    watchedFrom: minutes(-1_000),
    heardAt: minutes(-10),
    silentSince: null,
    nextAt: minutes(50),
  });
});

test('a silence is told once', () => {
  const found = judgeSilence(source({ heardAt: minutes(-70) }), now);
  expect(found).toMatchObject({ tell: 'source_silent', silentSince: minutes(-10), nextAt: minutes(1) });
  const again = judgeSilence(source({ heardAt: minutes(-70), silentSince: found.silentSince }), now);
  expect(again).not.toHaveProperty('tell');
  expect(again).toMatchObject({ silentSince: minutes(-10), nextAt: minutes(1) });
});

test('so is its end', () => {
  const found = judgeSilence(source({ newlyHeardAt: minutes(-1), silentSince: minutes(-500) }), now);
  expect(found).toMatchObject({ tell: 'source_speaks_again', silentSince: null, nextAt: minutes(59) });
});

test('one that had never spoken is watched from when that was asked for', () => {
  expect(judgeSilence(source({ watchedFrom: minutes(-59) }), now)).not.toHaveProperty('tell');
  expect(judgeSilence(source({ watchedFrom: minutes(-61) }), now)).toMatchObject({ tell: 'source_silent' });
});

test('one that is disabled may be silent, and has its time anew afterwards', () => {
  const found = judgeSilence(source({ enabled: false, heardAt: minutes(-900), silentSince: minutes(-500) }), now);
  expect(found).toMatchObject({ watchedFrom: now, silentSince: null });
  expect(found).not.toHaveProperty('tell');
});

test('a calendar that has become milder ends a silence without a word', () => {
  const calendar = { maxSilenceMinutes: 600, timeZone: 'UTC' };
  const found = judgeSilence(source({ calendar, heardAt: minutes(-70), silentSince: minutes(-10) }), now);
  expect(found).toMatchObject({ silentSince: null, nextAt: minutes(530) });
  expect(found).not.toHaveProperty('tell');
});

test('after the last term it is looked at once a day', () => {
  const terms = [{ from: '2026-01-01', to: '2026-06-30' }];
  const calendar = { maxSilenceMinutes: 60, timeZone: 'UTC', terms };
  expect(judgeSilence(source({ calendar }), now)).toMatchObject({ silentSince: null, nextAt: minutes(1_440) });
});
