import { describe, expect, it } from '@jest/globals';
import { parseInstant } from './parse-instant.ts';

describe('a date of a sender', () => {
  it.each([
    ['2026-01-12', '2026-01-12T00:00:00.000Z'],
    ['2026-01-12Z', '2026-01-12T00:00:00.000Z'],
    ['2026-01-12+02:00', '2026-01-11T22:00:00.000Z'],
    ['2026-01-12T08:30', '2026-01-12T08:30:00.000Z'],
    ['2026-01-12T08:30:15', '2026-01-12T08:30:15.000Z'],
    ['2026-01-12T08:30:15Z', '2026-01-12T08:30:15.000Z'],
    ['2026-01-12 08:30:15', '2026-01-12T08:30:15.000Z'],
    ['2026-01-12T08:30:15.123456', '2026-01-12T08:30:15.123Z'],
    ['2026-01-12T08:30:15.5-05:30', '2026-01-12T14:00:15.500Z'],
    ['2026-01-12T08:30:15+0700', '2026-01-12T01:30:15.000Z'],
    ['2026-01-12T08:30:15+07', '2026-01-12T01:30:15.000Z'],
    ['2026-01-12T24:00:00', '2026-01-13T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00+02:00', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59-05:00', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it.each([
    ['2026-01-12', '2026-01-11T23:00:00.000Z'],
    ['2026-07-12T08:30:00', '2026-07-12T06:30:00.000Z'],
    ['2026-07-12T08:30:00Z', '2026-07-12T08:30:00.000Z'],
    // Skipped: clocks go from 2 to 3.
    ['2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z'],
    ['2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
    // Twice: clocks go from 3 to 2.
    ['2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31', '9999-12-30T23:00:00.000Z'],
  ])('%s of a sender in Paris is %s', (text, instant) => {
    expect(parseInstant(text, { timeZone: 'Europe/Paris' })).toBe(instant);
  });

  it('is west of Greenwich too, and its own zone may be disbelieved', () => {
    expect(parseInstant('2026-01-12', { timeZone: 'America/Chicago' })).toBe('2026-01-12T06:00:00.000Z');
    expect(parseInstant('2026-01-12T00:00:00Z', { timeZone: 'America/Chicago', ignoreZones: true })).toBe(
      '2026-01-12T06:00:00.000Z',
    );
    expect(parseInstant('2026-01-12T00:00:00+05:00', { ignoreZones: true })).toBe('2026-01-12T00:00:00.000Z');
  });

  it('may be moved by whole days of the calendar', () => {
    expect(parseInstant('2026-03-01', { dateOffsetDays: -1 })).toBe('2026-02-28T00:00:00.000Z');
    expect(parseInstant('2026-03-28', { dateOffsetDays: 1, timeZone: 'Europe/Paris' })).toBe(
      '2026-03-28T23:00:00.000Z',
    );
    expect(parseInstant('2026-03-29', { dateOffsetDays: 1, timeZone: 'Europe/Paris' })).toBe(
      '2026-03-29T22:00:00.000Z',
    );
    expect(parseInstant('2026-02-30', { dateOffsetDays: -2 })).toBeUndefined();
  });

  it.each([
    'tomorrow',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-32',
    '2026-01-12T25:00:00',
    '2026-01-12T24:00:01',
    '2026-01-12T10:60:00',
    '2026-01-12T10:00:00+15:00',
    '12/01/2026',
    '20260112',
    '1768176000',
    '',
  ])('%p is none', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
