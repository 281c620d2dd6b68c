import { type PersonName, personName, preferredName } from '../names/person-name.ts';
import { daysAfter } from './calendar.ts';
import { happenings } from './events.ts';
import { draws, hash } from './hash.ts';
import type { PersonRecord } from './records.ts';
import type { WorldShape } from './shape.ts';
import { departmentOf } from './subjects.ts';

/** When instructors were hired. */
const firstHired = '2001-01-02';
const hiredWithinDays = 9_000;

/** Days within which the newcomers of a world arrive. */
const arrivalDays = 30;

/** What became of a person up to a day. */
export interface PersonState {
  readonly isHere: boolean;
  readonly isActive: boolean;
  readonly familyVersion: number;
  readonly preferredVersion: number;
}

/** Students have the numbers from 0 on, newcomers behind them, and then the instructors. */
export class People {
  readonly #shape: WorldShape;
  readonly #instructors: number;

  constructor(shape: WorldShape) {
    this.#shape = shape;
    this.#instructors = shape.students + shape.newcomers;
  }

  get count(): number {
    return this.#instructors + this.#shape.instructors;
  }

  /** The number of an instructor among all people. */
  instructor(index: number): number {
    return this.#instructors + index;
  }

  id(person: number): string {
    const isInstructor = person >= this.#instructors;
    return String(isInstructor ? 10_000_000 + person - this.#instructors : 20_000_000 + person);
  }

  stateOn(day: number, person: number): PersonState {
    const state = { isHere: this.#isHere(day, person), isActive: true, familyVersion: 0, preferredVersion: 0 };
    if (day === 1) return state;
    const { seed, changes: rate } = this.#shape;
    happenings({ seed, draw: draws.personEvent, rate }, person, 0, day, (roll) => {
      if (!state.isActive) state.isActive = true;
      else if (roll < 0.5) state.familyVersion += 1;
      else if (roll < 0.95) state.preferredVersion += 1;
      else if (person < this.#instructors) state.isActive = false;
    });
    return state;
  }

  recordOf(person: number, { isActive, familyVersion, preferredVersion }: PersonState): PersonRecord {
    const isStudent = person < this.#instructors;
    const name = personName(this.#shape.seed, person, familyVersion);
    const userName = this.#userName(person, name);
    return {
      part: 'person',
      id: this.id(person),
      userName,
      givenName: name.given,
      familyName: name.family,
      ...(preferredVersion === 0 ? {} : { preferredName: preferredName(this.#shape.seed, person, preferredVersion) }),
      email: `${userName}@${isStudent ? 'students.' : ''}lakeside.example`,
      active: isActive,
      role: isStudent ? 'Student' : 'Faculty',
      ...this.#further(person),
    };
  }

  #further(person: number): Pick<PersonRecord, 'auditor' | 'employment'> {
    const { seed, instructors, departments, auditors, attributes } = this.#shape;
    const isStudent = person < this.#instructors;
    if (isStudent && auditors)
      return { auditor: this.id(this.instructor(hash(seed, draws.auditor, person) % instructors)) };
    if (isStudent || !attributes) return {};
    const chosen = hash(seed, draws.employment, person);
    const manager = this.instructor((chosen >>> 8) % instructors);
    return {
      employment: {
        department: departmentOf(chosen % departments).code,
        hiredOn: daysAfter(firstHired, chosen % hiredWithinDays),
        manager: this.#userName(manager, personName(seed, manager, 0)),
      },
    };
  }

  /** A login begins with letters, which the number behind them tells apart. */
  #userName(person: number, { login }: PersonName): string {
    return `${login}${person + 1}`;
  }

  #isHere(day: number, person: number): boolean {
    const { seed, students, changes } = this.#shape;
    if (person < students || person >= this.#instructors) return true;
    return changes > 0 && day >= 2 + (hash(seed, draws.arrival, person) % arrivalDays);
  }
}
