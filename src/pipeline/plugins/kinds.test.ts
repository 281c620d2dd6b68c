import { describe, expect, test } from '@jest/globals';
import { fieldKinds } from './kinds.ts';

const { startsAt } = fieldKinds.org_unit;
const { roles } = fieldKinds.enrollment;

describe('an instant that a plug-in states', () => {
  test.each(['2026-09-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])(
    'is one: %s',
    (value) => {
      expect(startsAt.is(value)).toBe(true);
      expect(roles.is([{ role: 'Learner', active: true, startsAt: value, endsAt: value }])).toBe(true);
    },
  );

  test.each([
    'Fall 2022',
    '1',
    'Tue Mar 01 2022 00:00:00 GMT+0000 (Coordinated Universal Time)',
    '2026-02-30T00:00:00.000Z',
    '2026-09-01',
    // Of the same time, and another text: stored instants are compared as they stand.
    '2026-09-01T00:00:00Z',
    '2026-09-01T02:00:00.000+02:00',
    // Postgres knows no year 0, and no year with a sign.
    '0000-01-01T00:00:00.000Z',
    '-000001-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
    5,
    new Date(0),
  ])('is none: %p', (value) => {
    expect(startsAt.is(value)).toBe(false);
    expect(roles.is([{ role: 'Learner', active: true, endsAt: value }])).toBe(false);
  });

  test('may be cleared in an org unit', () => {
    expect(startsAt.is(null)).toBe(true);
  });
});
