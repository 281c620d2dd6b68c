/** How large a world is. What is not stated follows from the number of students. */
export interface ChosenShape {
  readonly seed: number;
  readonly students: number;
  /** In whose autumn the first term begins. */
  readonly year?: number | undefined;
  readonly terms?: number | undefined;
  readonly faculties?: number | undefined;
  readonly departments?: number | undefined;
  readonly templates?: number | undefined;
  /** Sections in a term. */
  readonly sections?: number | undefined;
  /** Cross-lists in a term. */
  readonly crossLists?: number | undefined;
  readonly instructors?: number | undefined;
  /** Courses that a full-time student takes in a term. */
  readonly courses?: number | undefined;
  /** The part of the students who take half as many. */
  readonly partTime?: number | undefined;
  /** The part of the records that change from one day to the next. */
  readonly changes?: number | undefined;
  /** Does each student have an instructor who may look on? */
  readonly auditors?: boolean | undefined;
  /** Is it told of instructors how they are employed? */
  readonly attributes?: boolean | undefined;
}

export interface WorldShape {
  readonly seed: number;
  readonly year: number;
  readonly students: number;
  /** Students who come after the first day, at the end of the others' numbers. */
  readonly newcomers: number;
  readonly instructors: number;
  readonly terms: number;
  readonly faculties: number;
  readonly departments: number;
  readonly templates: number;
  /** In a term, a multiple of `courses`: a student never meets one offering twice. */
  readonly offerings: number;
  /** In a term. */
  readonly sections: number;
  /** In a term: two sections each. */
  readonly crossLists: number;
  readonly courses: number;
  readonly partTime: number;
  readonly changes: number;
  readonly auditors: boolean;
  readonly attributes: boolean;
}

const sectionSize = 28;
const coursesOfDepartment = 25;

export function shapeOf(chosen: ChosenShape): WorldShape {
  const { seed, students, year = 2026, terms = 2, courses = 5, partTime = 0.15, changes = 0.02 } = chosen;
  const taken = students * courses * (1 - partTime / 2);
  const sections = Math.max(courses, chosen.sections ?? Math.ceil(taken / sectionSize));
  const offerings = Math.min(sections - (sections % courses), upTo(Math.ceil(sections * 0.6), courses));
  const templates = Math.max(offerings, chosen.templates ?? Math.ceil(offerings * 1.25));
  const departments = chosen.departments ?? Math.max(3, Math.ceil(templates / coursesOfDepartment));
  return {
    seed,
    year,
    students,
    newcomers: Math.ceil(students / 100),
    instructors: chosen.instructors ?? Math.max(3, Math.ceil(students / 16)),
    terms,
    faculties: chosen.faculties ?? Math.max(2, Math.min(12, Math.ceil(departments / 6))),
    departments,
    templates,
    offerings,
    sections,
    crossLists: Math.min(chosen.crossLists ?? Math.max(1, Math.floor(sections / 40)), Math.floor(sections / 2)),
    courses,
    partTime,
    changes,
    auditors: chosen.auditors ?? false,
    attributes: chosen.attributes ?? false,
  };
}

function upTo(count: number, multiple: number): number {
  return Math.max(multiple, Math.ceil(count / multiple) * multiple);
}
