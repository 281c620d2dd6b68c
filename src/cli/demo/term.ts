import { readDemoData } from '../../app/demo/demo-data.ts';
import { createChance, type Chance } from './chance.ts';
import { createPeople, type NamePool, type Person } from './people.ts';

/** The demonstration term: what a registrar's system knows at the beginning of a semester. The same for the same size. */
export type Term = {
  readonly semesters: readonly Semester[];
  readonly departments: readonly { id: string; name: string }[];
  readonly templates: readonly Course[];
  readonly offerings: readonly Offering[];
  readonly sections: readonly Section[];
  readonly people: readonly Person[];
  readonly enrollments: readonly Enrollment[];
};

export type Semester = { readonly id: string; readonly name: string; readonly begin: string; readonly end: string };
export type Course = {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly department: Department;
};
export type Offering = Course & { readonly template: string; readonly semester: Semester };
export type Section = Offering & { readonly offering: string; readonly label: string; readonly seats: number };
export type Enrollment = {
  readonly id: string;
  readonly person: string;
  readonly section: string;
  readonly role: string;
  readonly subRole?: string;
};
type Department = { readonly id: string; readonly name: string };

export type TermSize = { readonly people: number; readonly enrollments: number };

type Catalogue = {
  semesters: Semester[];
  departments: (Department & { courses: [number: string, title: string, sections: number][] })[];
};

export async function createTerm({ people: peopleCount, enrollments }: TermSize): Promise<Term> {
  const catalogue = await readDemoData<Catalogue>('catalogue.json');
  const chance = createChance(2026);
  const people = createPeople(await readDemoData<NamePool[]>('names.json'), peopleCount, chance);
  const templates = catalogue.departments.flatMap(({ courses, ...department }) =>
    courses.map(([number, title]) => ({ id: `${department.id}-${number}`, number, title, department })),
  );
  const offerings = catalogue.semesters.flatMap((semester, next) =>
    // The next semester is only being prepared: one course in six is announced.
    templates.flatMap((course, index) => (next > 0 && index % 6 > 0 ? [] : offeringOf(course, semester))),
  );
  const sections = offerings.flatMap((offering) => sectionsOf(offering, catalogue));
  return {
    semesters: catalogue.semesters,
    departments: catalogue.departments.map(({ id, name }) => ({ id, name })),
    templates,
    offerings,
    sections,
    people,
    enrollments: enroll(people, sections, enrollments, chance),
  };
}

function offeringOf(course: Course, semester: Semester): Offering {
  return { ...course, id: `${course.id}.${semester.id}`, template: course.id, semester };
}

function sectionsOf(offering: Offering, catalogue: Catalogue): Section[] {
  if (offering.semester !== catalogue.semesters[0]) return [];
  const courses = catalogue.departments.find(({ id }) => id === offering.department.id)?.courses ?? [];
  const count = courses.find(([number]) => number === offering.number)?.[2] ?? 1;
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(3, '0');
    const label = `${offering.template}-${number}`;
    return { ...offering, id: `${label}.${offering.semester.id}`, offering: offering.id, label, seats: 40 };
  });
}

/** Each section gets a teacher and some an assistant; students take the rest in turns, never a course twice. */
function enroll(people: readonly Person[], sections: readonly Section[], count: number, chance: Chance): Enrollment[] {
  const faculty = people.filter((person) => person.institutionRole === 'Faculty');
  const students = people.filter((person) => person.institutionRole === 'Student');
  const taken = new Map<string, Set<string>>(people.map((person) => [person.id, new Set()]));
  const enrollments: Enrollment[] = [];
  const add = (person: Person | undefined, section: Section, role: string, subRole?: string): boolean => {
    const courses = person && taken.get(person.id);
    if (person === undefined || courses?.has(section.template) !== false) return false;
    courses.add(section.template);
    const id = `${role}-${section.id}-${person.id}`;
    enrollments.push({
      id,
      person: person.id,
      section: section.id,
      role,
      ...(subRole === undefined ? {} : { subRole }),
    });
    return true;
  };
  for (const [index, section] of sections.entries()) {
    add(faculty[index % faculty.length], section, 'Instructor', 'PrimaryInstructor');
    if (index % 3 === 0) add(chance.pick(students), section, 'TeachingAssistant');
  }
  for (let turn = 0, misses = 0; enrollments.length < count && misses < 1_000; turn += 1) {
    const added = add(students[turn % students.length], chance.pick(sections), 'Learner');
    misses = added ? 0 : misses + 1;
  }
  return enrollments;
}
