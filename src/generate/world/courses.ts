import { daysAfter, type Term, termOf } from './calendar.ts';
import { happenings } from './events.ts';
import { draws, hash } from './hash.ts';
import type { CrossListRecord, OrgUnitRecord } from './records.ts';
import type { WorldShape } from './shape.ts';
import { courseTitle, departmentOf, facultyName } from './subjects.ts';

/** Kinds of things that change: they tell their events apart. */
const kinds = { template: 0, offering: 1, section: 2 } as const;

/** Days by which a section's end moves. */
const movedDays = 3;

/** The org units of a world, each as it is on a day, by its number; those of a term by their number there. */
export class Courses {
  readonly #shape: WorldShape;
  readonly #terms: readonly Term[];

  constructor(shape: WorldShape) {
    this.#shape = shape;
    this.#terms = Array.from({ length: shape.terms }, (_, index) => termOf(shape.year, index));
  }

  faculty(index: number): OrgUnitRecord {
    return { part: 'faculty', id: facultyId(index), name: facultyName(index) };
  }

  department(index: number): OrgUnitRecord {
    const { code, name } = departmentOf(index);
    return { part: 'department', id: code, name, faculty: facultyId(index % this.#shape.faculties) };
  }

  semester(index: number): OrgUnitRecord {
    return { part: 'semester', ...this.term(index) };
  }

  template(index: number, day: number): OrgUnitRecord {
    const { id, department } = this.#course(index);
    const name = this.#title(index, this.#versions(kinds.template, index, day));
    return { part: 'template', id, name, department };
  }

  offering(term: number, index: number, day: number): OrgUnitRecord {
    const { id: semester, startsOn, endsOn } = this.term(term);
    const template = this.#templateOf(term, index);
    const { id } = this.#course(template);
    const number = term * this.#shape.offerings + index;
    // A renamed offering has the title of its template's next version: departments announce it before they change the catalogue.
    const name = this.#title(template, this.#versions(kinds.offering, number, day));
    return { part: 'offering', id: `${id}-${semester}`, name, startsOn, endsOn, template: id, semester };
  }

  section(term: number, index: number, day: number): OrgUnitRecord {
    const offering = this.offering(term, index % this.#shape.offerings, 1);
    const { moves } = this.#sectionOn(term, index, day);
    const number = String(Math.floor(index / this.#shape.offerings) + 1).padStart(2, '0');
    const { id: semester, startsOn, endsOn } = this.term(term);
    return {
      part: 'section',
      id: this.sectionId(term, index),
      name: `${offering.name} (${number})`,
      startsOn,
      endsOn: moves === 0 ? endsOn : daysAfter(endsOn, moves * movedDays),
      number,
      semester,
      offering: offering.id,
      ...(offering.template === undefined ? {} : { template: offering.template }),
    };
  }

  /** Two sections, as a rule of different offerings, which are taught together. */
  crossList(term: number, index: number): CrossListRecord {
    const { id: semester, name } = this.term(term);
    const sections = [index, this.#shape.sections - 1 - index].map((section) => this.sectionId(term, section));
    return {
      part: 'cross_list',
      id: `XLS${String(index + 1).padStart(5, '0')}${semester}`,
      name: `Taught together ${index + 1}, ${name}`,
      semester,
      sections,
    };
  }

  /** The number of the instructor of a section among the instructors. */
  instructorOf(term: number, index: number, day: number): number {
    const { instructions } = this.#sectionOn(term, index, day);
    return hash(this.#shape.seed, draws.instructor, term, index, instructions) % this.#shape.instructors;
  }

  /** `10001.202710`: a number that it has in its term only, and the term. */
  sectionId(term: number, index: number): string {
    return `${10_001 + index}.${this.term(term).id}`;
  }

  term(index: number): Term {
    const term = this.#terms[index];
    if (term === undefined) throw new RangeError(`the world has no term ${index}`);
    return term;
  }

  /** From term to term other parts of the catalogue are offered. */
  #templateOf(term: number, offering: number): number {
    return (offering + term * Math.ceil(this.#shape.templates / 5)) % this.#shape.templates;
  }

  #course(template: number): { id: string; department: string } {
    const { departments } = this.#shape;
    const { code } = departmentOf(template % departments);
    return { id: `${code}-${101 + Math.floor(template / departments)}`, department: code };
  }

  #title(template: number, version: number): string {
    const { name } = departmentOf(template % this.#shape.departments);
    return courseTitle(this.#shape.seed, name, template, version);
  }

  #versions(kind: number, index: number, day: number): number {
    const { seed, changes: rate } = this.#shape;
    let versions = 0;
    happenings({ seed, draw: draws.orgUnitEvent, rate }, index, kind, day, () => (versions += 1));
    return versions;
  }

  /** How often the end of a section was moved, and how often its instructor changed. */
  #sectionOn(term: number, index: number, day: number): { moves: number; instructions: number } {
    const { seed, sections, changes: rate } = this.#shape;
    let [moves, instructions] = [0, 0];
    happenings({ seed, draw: draws.orgUnitEvent, rate }, term * sections + index, kinds.section, day, (roll) => {
      if (roll < 0.5) moves += 1;
      else instructions += 1;
    });
    return { moves, instructions };
  }
}

function facultyId(index: number): string {
  return `FAC${String(index + 1).padStart(2, '0')}`;
}
