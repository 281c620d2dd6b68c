import type { SoapVersion } from '../../formats/soap/index.ts';
import type { SendCredentials } from '../send/security-header.ts';
import {
  deleteMembership,
  type LisRequest,
  replaceAssociation,
  replaceClub,
  replaceDepartment,
  replaceMembership,
  replaceOffering,
  replacePerson,
  replaceSection,
  replaceTemplate,
  replaceTerm,
} from './lis-messages.ts';
import type { Enrollment, Section, Term } from './term.ts';

/** Messages that may be sent side by side; acts follow one another. */
export type Act = { readonly title: string; readonly steps: readonly Step[] };

export type Step = {
  readonly request: LisRequest;
  readonly from: 'registrar' | 'banner';
  readonly scheme: SendCredentials['scheme'];
  readonly version: SoapVersion;
};

/** What happens in the demonstration term, in order. Playing it twice ends in the same state. */
export function createScript(term: Term): Act[] {
  const { early, regular } = splitEnrollments(term.enrollments);
  return [
    act(
      'Enrollments that arrive before their people and courses',
      early.map((enrollment) => replaceMembership(enrollment)),
    ),
    act('Semesters and departments', [...term.semesters.map(replaceTerm), ...term.departments.map(replaceDepartment)]),
    act('Course templates', term.templates.map(replaceTemplate)),
    act(
      'Course offerings',
      term.offerings.map((offering) => replaceOffering(offering)),
    ),
    act(
      'Course sections',
      term.sections.map((section) => replaceSection(section)),
    ),
    // The HR system of the same university speaks SOAP 1.2 with HTTP Basic.
    act('People', term.people.map(replacePerson), { scheme: 'basic', version: '1.2' }),
    act(
      'Enrollments',
      regular.map((enrollment) => replaceMembership(enrollment)),
    ),
    act('Changes: new titles, names, dates and roles', changes(term)),
    act('Combined sections', combinations(term.sections)),
    act('Drops', drops(regular)),
    act(
      'Students who come back',
      everyNth(drops(regular), 6).map((drop) => revival(drop, regular)),
    ),
    act('Late arrivals: their parents have not been sent yet', lateArrivals(term)),
    act('Words that nobody has mapped yet', unmappedWords(term)),
    act('A lone section from Banner, which sends no courses', loneSection(term), { from: 'banner', scheme: 'basic' }),
  ];
}

function act(title: string, requests: readonly LisRequest[], how: Partial<Step> = {}): Act {
  const usual = { from: 'registrar', scheme: 'digest', version: '1.1' } as const;
  return { title, steps: requests.map((request) => ({ ...usual, ...how, request })) };
}

function splitEnrollments(enrollments: readonly Enrollment[]): { early: Enrollment[]; regular: Enrollment[] } {
  const early = everyNth(enrollments, 50);
  return { early, regular: enrollments.filter((enrollment) => !early.includes(enrollment)) };
}

function changes({ sections, people, enrollments }: Term): LisRequest[] {
  const retitled = everyNth(sections, 9).map((section) =>
    replaceSection(section, { title: `${section.title}, revised` }),
  );
  const later = everyNth(sections.slice(1), 14).map((section) =>
    replaceSection(section, { begin: '2026-09-14T00:00:00Z' }),
  );
  const renamed = everyNth(people, 30).map((person) =>
    replacePerson({ ...person, family: `${person.family}-Lee`, formatted: `${person.formatted}-Lee` }),
  );
  const assistants = enrollments.filter(({ role }) => role === 'TeachingAssistant');
  const promoted = everyNth(assistants, 4).map((enrollment) =>
    replaceMembership({ ...enrollment, role: 'Instructor' }),
  );
  return [...retitled, ...later, ...renamed, ...promoted];
}

/** The two sections of a course are taught together. */
function combinations(sections: readonly Section[]): LisRequest[] {
  return ['LNG-101', 'PHY-101'].map((course) => {
    const pair = sections.filter(({ template }) => template === course);
    return replaceAssociation(`${course}-together.202640`, `${pair[0]?.title ?? course} (all groups)`, pair);
  });
}

/** Two in three are deleted, as most systems do; the others are set to Inactive. */
function drops(enrollments: readonly Enrollment[]): LisRequest[] {
  const learners = enrollments.filter(({ role }) => role === 'Learner');
  return everyNth(learners, 22).map((enrollment, index) =>
    index % 3 === 2 ? replaceMembership(enrollment, 'Inactive') : deleteMembership(enrollment.id),
  );
}

function revival({ sourcedId }: LisRequest, enrollments: readonly Enrollment[]): LisRequest {
  const enrollment = enrollments.find(({ id }) => id === sourcedId);
  if (enrollment === undefined) throw new Error(`nobody dropped ${sourcedId}`);
  return replaceMembership(enrollment);
}

function lateArrivals({ sections }: Term): LisRequest[] {
  const [section] = sections;
  if (section === undefined) return [];
  const exchange = ['900001', '900002', '900003'].map((person) =>
    replaceMembership({ id: `Learner-${section.id}-${person}`, person, section: section.id, role: 'Learner' }),
  );
  const orphan = { ...section, id: 'ENG-401-001.202640', label: 'ENG-401-001', title: 'Creative Non-Fiction' };
  return [...exchange, replaceSection(orphan, { parent: 'ENG-401.202640' })];
}

function unmappedWords({ sections, people }: Term): LisRequest[] {
  const [section, person] = [sections[0], people[0]];
  if (section === undefined || person === undefined) return [];
  const auditor = { id: `Auditor-${section.id}-${person.id}`, person: person.id, section: section.id, role: 'Auditor' };
  return [replaceMembership(auditor), replaceClub('CLUB-CHESS', 'Chess club')];
}

/** The catalogue course, the semester and the department exist in no message of Banner's: the section brings them. */
function loneSection({ sections }: Term): LisRequest[] {
  const [model] = sections;
  if (model === undefined) return [];
  const department = { id: 'GEO', name: 'Geography' };
  const semester = { ...model.semester, id: '202640' };
  const section: Section = {
    ...model,
    id: '10001.202640',
    label: '202640 GEO-101-001',
    title: 'Maps and Territories',
    department,
    semester,
  };
  const teacher = { id: '700001', userName: 'rosa.quispe', given: 'Rosa', family: 'Quispe', formatted: 'Rosa Quispe' };
  return [
    replaceSection(section, { parent: 'GEO.101', title: 'Maps and Territories' }),
    replacePerson({ ...teacher, email: 'rosa.quispe@demo.example.edu', institutionRole: 'Faculty' }),
    replaceMembership({
      id: 'CM-editingteacher-CS10001.202640-700001',
      person: '700001',
      section: section.id,
      role: 'editingteacher',
    }),
  ];
}

function everyNth<T>(items: readonly T[], n: number): T[] {
  return items.filter((_, index) => index % n === 0);
}
