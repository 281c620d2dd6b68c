/**
 * Chance without a memory: every number of the world is a function of the seed and of what it is about, so that any record
 * can be made alone, in any order, and is the same every time.
 */

/** What a number is drawn for. Their values are part of the worlds: they are never changed, and never used again. */
export const draws = {
  culture: 1,
  givenName: 2,
  familyName: 3,
  preferredName: 4,
  personEvent: 5,
  arrival: 6,
  roster: 7,
  boundary: 8,
  partTime: 9,
  slotEvent: 10,
  orgUnitEvent: 11,
  instructor: 12,
  title: 13,
  auditor: 14,
  employment: 15,
} as const;

/** 32 bits of chance, for a draw about up to four numbers. */
export function hash(seed: number, draw: number, a: number, b = 0, c = 0, d = 0): number {
  let state = mixed(seed ^ Math.imul(draw, 0x9e3779b1));
  state = mixed(state ^ Math.imul(a + 0x7f4a7c15, 0x85ebca77));
  state = mixed(state ^ Math.imul(b + 0x165667b1, 0xc2b2ae3d));
  state = mixed(state ^ Math.imul(c + 0x27d4eb2f, 0x9e3779b1));
  return mixed(state ^ Math.imul(d + 0x3c6ef372, 0x85ebca77));
}

/** The same as a part of one: 0 to less than 1. */
export function chance(seed: number, draw: number, a: number, b = 0, c = 0, d = 0): number {
  return hash(seed, draw, a, b, c, d) / 2 ** 32;
}

/** The finalizer of MurmurHash3: each bit of its input changes half of its output. */
function mixed(value: number): number {
  let state = value ^ (value >>> 16);
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  state = Math.imul(state, 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
