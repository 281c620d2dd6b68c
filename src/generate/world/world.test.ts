import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { isOrgUnit, type Part, parts, type Stated, type WorldRecord } from './records.ts';
import { shapeOf } from './shape.ts';
import { Shuffle } from './shuffle.ts';
import { type Days, World } from './world.ts';

const world = new World(shapeOf({ seed: 11, students: 200, changes: 0.05 }));

function all(part: Part, days: Days = { day: 1 }, of = world): Stated[] {
  return [...of.records(part, days)];
}

/** What tells records of a part apart. */
function keyOf({ record }: Stated): string {
  return record.part === 'enrollment' ? `${record.person} in ${record.section}` : record.id;
}

function references(record: WorldRecord): [Part, string | undefined][] {
  if (record.part === 'person') return [];
  if (record.part === 'cross_list') return record.sections.map((id) => ['section', id]);
  if (isOrgUnit(record)) return roles.map((role) => [role, record[role]]);
  return [
    ['person', record.person],
    ['section', record.section],
  ];
}

const roles = ['faculty', 'department', 'semester', 'template', 'offering'] as const;

describe('a world', () => {
  it('states everything once', () => {
    for (const part of parts) {
      for (const day of [1, 9]) {
        const keys = all(part, { day }).map(keyOf);
        expect(new Set(keys).size).toBe(keys.length);
      }
    }
  });

  it('refers to nothing that it does not state', () => {
    const ids = new Map(parts.map((part) => [part, new Set(all(part, { day: 9 }).map(keyOf))]));
    const unknown = parts.flatMap((part) =>
      all(part, { day: 9 })
        .flatMap(({ record }) => references(record))
        .filter(([role, id]) => id !== undefined && ids.get(role)?.has(id) !== true),
    );
    expect(unknown).toEqual([]);
  });

  it('has as many students as were asked for, and five courses a term for those who study full-time', () => {
    const full = new World(shapeOf({ seed: 3, students: 400, terms: 2, courses: 5, partTime: 0 }));
    const students = all('person', { day: 1 }, full).filter(
      ({ record }) => record.part === 'person' && record.role === 'Student',
    );
    const seats = all('enrollment', { day: 1 }, full).filter(
      ({ record }) => record.part === 'enrollment' && record.role === 'Learner',
    );
    expect(students).toHaveLength(400);
    expect(seats).toHaveLength(400 * 5 * 2);
  });

  it('never puts a student twice into one offering', () => {
    const offerings = new Map(
      all('section').map(({ record }) => (record.part === 'section' ? [record.id, record.offering] : ['', ''])),
    );
    const pairs = all('enrollment').flatMap(({ record }) =>
      record.part === 'enrollment' && record.role === 'Learner'
        ? [`${record.person} ${offerings.get(record.section) ?? ''}`]
        : [],
    );
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it('is another one for another seed', () => {
    const other = new World(shapeOf({ seed: 12, students: 200 }));
    expect(all('person', { day: 1 }, other)).not.toEqual(all('person'));
    expect(all('person', { day: 1 }, new World(shapeOf({ seed: 11, students: 200, changes: 0.05 })))).toEqual(
      all('person'),
    );
  });

  it('has user names that no two people share, and that are plain', () => {
    const names = all('person').flatMap(({ record }) => (record.part === 'person' ? [record.userName] : []));
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]{2,12}\d+$/.test(name))).toEqual([]);
  });
});

describe('the changes since a day', () => {
  it.each([
    [2, 1],
    [9, 4],
  ])('make the snapshot of day %i of that of day %i', (day, since) => {
    for (const part of parts) {
      const state = new Map(all(part, { day: since }).map((stated) => [keyOf(stated), stated.record]));
      const idle: string[] = [];
      for (const stated of all(part, { day, since })) {
        const key = keyOf(stated);
        const isNews = stated.verb === 'delete' ? state.delete(key) : !isDeepStrictEqual(state.get(key), stated.record);
        if (!isNews) idle.push(`${stated.verb} ${key}`);
        if (stated.verb === 'state') state.set(key, stated.record);
      }
      expect(idle).toEqual([]);
      const now = new Map(all(part, { day }).map((stated) => [keyOf(stated), stated.record]));
      expect(isDeepStrictEqual(state, now)).toBe(true);
    }
  });

  it('are about as many as was asked for', () => {
    const large = new World(shapeOf({ seed: 1, students: 1_500, changes: 0.02 }));
    for (const part of ['person', 'enrollment'] as const) {
      const share = all(part, { day: 2, since: 1 }, large).length / all(part, { day: 1 }, large).length;
      expect(share).toBeGreaterThan(0.013);
      expect(share).toBeLessThan(0.027);
    }
  });

  it('are none where nothing changes', () => {
    const still = new World(shapeOf({ seed: 1, students: 100, changes: 0 }));
    for (const part of parts) expect(all(part, { day: 9, since: 1 }, still)).toEqual([]);
  });
});

it.each([1, 2, 7, 100, 1_009])('a shuffle of %i numbers has each of them once, and knows the way back', (size) => {
  const shuffle = new Shuffle(size, 5, 7, 1);
  const places = Array.from({ length: size }, (_, number) => shuffle.placeOf(number));
  expect(new Set(places).size).toBe(size);
  expect(places.map((place) => shuffle.numberAt(place))).toEqual(places.map((_, number) => number));
});
