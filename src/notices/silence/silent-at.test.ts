import { describe, expect, it } from '@jest/globals';
import type { FreshnessCalendar } from '../../domain/freshness.ts';
import { silentAt } from './silent-at.ts';

const office: FreshnessCalendar = {
  maxSilenceMinutes: 120,
  timeZone: 'America/Toronto',
  hours: { from: '08:00', to: '18:00' },
  weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'],
};
const at = (calendar: FreshnessCalendar, from: string): string | undefined =>
  silentAt(calendar, new Date(from))?.toISOString();

describe('a silence is too long', () => {
  it.each([
    ['after as much time', '2026-11-18T15:00:00Z', '2026-11-18T17:00:00.000Z'],
    ['on the next morning, where the evening comes between', '2026-11-18T22:30:00Z', '2026-11-19T14:30:00.000Z'],
    ['on Monday, where the week-end comes between', '2026-11-20T22:30:00Z', '2026-11-23T14:30:00.000Z'],
    ['counted from the morning, where it began at night', '2026-11-18T05:00:00Z', '2026-11-18T15:00:00.000Z'],
    // EST until 8 March 2026, 2 o'clock.
    ['by the clocks of summer', '2026-03-06T22:30:00Z', '2026-03-09T13:30:00.000Z'],
  ])('%s', (_, from, expected) => {
    expect(at(office, from)).toBe(expected);
  });

  it('in hours that last into the next day', () => {
    const night = { ...office, hours: { from: '22:00', to: '04:00' } };
    // Friday's night ends on Saturday, and Saturday has none.
    expect(at(night, '2026-11-21T07:30:00Z')).toBe('2026-11-24T03:30:00.000Z');
    expect(at(night, '2026-11-19T05:00:00Z')).toBe('2026-11-19T07:00:00.000Z');
  });

  it('only within terms, and on no excluded date', () => {
    const terms = [
      { from: '2026-09-01', to: '2026-11-20' },
      { from: '2027-01-04', to: '2027-04-30' },
    ];
    const excluded = [{ from: '2027-01-04', to: '2027-01-06' }];
    expect(at({ ...office, terms }, '2026-11-20T22:30:00Z')).toBe('2027-01-04T14:30:00.000Z');
    expect(at({ ...office, terms, excluded }, '2026-11-20T22:30:00Z')).toBe('2027-01-07T14:30:00.000Z');
    expect(at({ ...office, terms }, '2027-04-30T21:30:00Z')).toBeUndefined();
  });

  it('by the hours that a day has when the clocks change', () => {
    const always = { maxSilenceMinutes: 24 * 60, timeZone: 'Europe/Paris' };
    expect(at(always, '2026-03-28T23:00:00Z')).toBe('2026-03-29T23:00:00.000Z');
    const sundays = { ...always, maxSilenceMinutes: 23 * 60, weekdays: ['sun'] as const };
    expect(at(sundays, '2026-03-28T20:00:00Z')).toBe('2026-03-29T22:00:00.000Z');
    expect(at({ ...sundays, maxSilenceMinutes: 25 * 60 }, '2026-10-24T20:00:00Z')).toBe('2026-10-25T23:00:00.000Z');
  });
});
