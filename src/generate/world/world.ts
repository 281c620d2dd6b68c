import { Courses } from './courses.ts';
import { People, type PersonState } from './people.ts';
import type { EnrollmentRecord, Part, PersonRecord, Stated, WorldRecord } from './records.ts';
import { type Candidate, Rosters } from './rosters.ts';
import type { WorldShape } from './shape.ts';

/** Which days a feed is about. */
export interface Days {
  /** The day whose state is told; 1 is the first. */
  readonly day: number;
  /** What is the same as on this earlier day is left out; absent: everything is told. */
  readonly since?: number;
}

/**
 * A university that is made as it is asked for: its records are functions of its shape and of the day, and nothing of them
 * is kept. A snapshot states everything that there is on a day; a feed of changes states what is new or different since an
 * earlier day, and deletes the enrollments that ended (people who left are stated, as inactive).
 */
export class World {
  readonly shape: WorldShape;
  readonly #people: People;
  readonly #courses: Courses;
  readonly #rosters: Rosters;

  constructor(shape: WorldShape) {
    this.shape = shape;
    this.#people = new People(shape);
    this.#courses = new Courses(shape);
    this.#rosters = new Rosters(shape);
  }

  /** The records of a part, one by one. */
  records(part: Part, days: Days): Iterable<Stated> {
    const { faculties, departments, terms, templates, offerings, sections, crossLists } = this.shape;
    const courses = this.#courses;
    switch (part) {
      case 'faculty':
        return differing(days, numbers(faculties), (index) => courses.faculty(index));
      case 'department':
        return differing(days, numbers(departments), (index) => courses.department(index));
      case 'semester':
        return differing(days, numbers(terms), (index) => courses.semester(index));
      case 'template':
        return differing(days, numbers(templates), (index, day) => courses.template(index, day));
      case 'offering':
        return differing(days, pairs(terms, offerings), ([term, index], day) => courses.offering(term, index, day));
      case 'section':
        return differing(days, pairs(terms, sections), ([term, index], day) => courses.section(term, index, day));
      case 'cross_list':
        return differing(days, pairs(terms, crossLists), ([term, index]) => courses.crossList(term, index));
      case 'person':
        return this.#persons(days);
      case 'enrollment':
        return this.#enrollments(days);
    }
  }

  *#persons({ day, since }: Days): Generator<Stated<PersonRecord>> {
    for (const person of numbers(this.#people.count)) {
      const state = this.#people.stateOn(day, person);
      if (!state.isHere) continue;
      const before = since === undefined ? undefined : this.#people.stateOn(since, person);
      if (before !== undefined && isSame(before, state)) continue;
      yield { verb: 'state', record: this.#people.recordOf(person, state) };
    }
  }

  *#enrollments(days: Days): Generator<Stated<EnrollmentRecord>> {
    for (const [term, index] of pairs(this.shape.terms, this.shape.sections)) {
      const section = { section: this.#courses.sectionId(term, index), semester: this.#courses.term(term).id };
      const stated = (verb: Stated['verb'], person: number, role: string): Stated<EnrollmentRecord> => {
        return { verb, record: { part: 'enrollment', person: this.#people.id(person), role, ...section } };
      };
      for (const [verb, instructor] of this.#instructors(term, index, days)) {
        yield stated(verb, this.#people.instructor(instructor), 'Instructor');
      }
      for (const candidate of this.#rosters.candidates(term, index, days.day)) {
        const verb = this.#verbOf(candidate, index, days);
        if (verb !== undefined) yield stated(verb, candidate.student, 'Learner');
      }
    }
  }

  #instructors(term: number, section: number, { day, since }: Days): readonly [Stated['verb'], number][] {
    const now = this.#courses.instructorOf(term, section, day);
    if (since === undefined) return [['state', now]];
    const before = this.#courses.instructorOf(term, section, since);
    if (before === now) return [];
    return [
      ['delete', before],
      ['state', now],
    ];
  }

  /** undefined: there is nothing to tell. */
  #verbOf(candidate: Candidate, section: number, { day, since }: Days): Stated['verb'] | undefined {
    const is = this.#isIn(candidate, section, day);
    const was = since !== undefined && this.#isIn(candidate, section, since);
    if (is === was) return undefined;
    return is ? 'state' : 'delete';
  }

  #isIn(candidate: Candidate, section: number, day: number): boolean {
    const { isHere, isActive } = this.#people.stateOn(day, candidate.student);
    return isHere && isActive && this.#rosters.isIn(candidate, section, day);
  }
}

function* numbers(count: number): Generator<number> {
  for (let number = 0; number < count; number += 1) yield number;
}

function* pairs(terms: number, count: number): Generator<readonly [term: number, index: number]> {
  for (const term of numbers(terms)) for (const index of numbers(count)) yield [term, index];
}

function* differing<T, R extends WorldRecord>(
  { day, since }: Days,
  things: Iterable<T>,
  recordOn: (thing: T, day: number) => R,
): Generator<Stated<R>> {
  for (const thing of things) {
    const record = recordOn(thing, day);
    if (since !== undefined && isSame(recordOn(thing, since), record)) continue;
    yield { verb: 'state', record };
  }
}

/** Of records without lists, and of lists that never change. */
function isSame(one: WorldRecord | PersonState, other: WorldRecord | PersonState): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
