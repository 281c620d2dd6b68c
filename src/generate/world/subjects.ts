import { draws, hash } from './hash.ts';

/** Departments by their abbreviations; a large world has several of a subject. */
const subjects: readonly (readonly [code: string, name: string])[] = [
  ['ACCT', 'Accounting'],
  ['ANTH', 'Anthropology'],
  ['ARCH', 'Architecture'],
  ['ASTR', 'Astronomy'],
  ['BIOL', 'Biology'],
  ['BOTA', 'Botany'],
  ['CHEM', 'Chemistry'],
  ['CINE', 'Film Studies'],
  ['CIVL', 'Civil Engineering'],
  ['COMP', 'Computing'],
  ['DANC', 'Dance'],
  ['ECON', 'Economics'],
  ['EDUC', 'Education'],
  ['ELEC', 'Electrical Engineering'],
  ['ENVS', 'Environmental Studies'],
  ['FRST', 'Forestry'],
  ['GEOG', 'Geography'],
  ['GEOL', 'Geology'],
  ['HIST', 'History'],
  ['LANG', 'Languages'],
  ['LAWS', 'Law'],
  ['LING', 'Linguistics'],
  ['MATH', 'Mathematics'],
  ['MECH', 'Mechanical Engineering'],
  ['MEDI', 'Medicine'],
  ['MUSI', 'Music'],
  ['NURS', 'Nursing'],
  ['OCEA', 'Oceanography'],
  ['PHAR', 'Pharmacy'],
  ['PHIL', 'Philosophy'],
  ['PHYS', 'Physics'],
  ['POLI', 'Political Science'],
  ['PSYC', 'Psychology'],
  ['SOCI', 'Sociology'],
  ['STAT', 'Statistics'],
  ['THEA', 'Theatre'],
  ['VETE', 'Veterinary Science'],
];

const faculties = [
  'Science',
  'Arts',
  'Engineering',
  'Health',
  'Law and Society',
  'Business',
  'Education',
  'Environment',
  'Music and Stage',
  'Languages',
  'Computing',
  'Agriculture',
] as const;

const approaches = [
  'Introduction to',
  'Foundations of',
  'Methods in',
  'Topics in',
  'Advanced',
  'Applied',
  'Seminar in',
  'Laboratory of',
  'History of',
  'Theory of',
  'Field Work in',
  'Ethics of',
] as const;

const focuses = [
  'Coasts and Islands',
  'Cities',
  'the Northern Regions',
  'Small Systems',
  'Living Memory',
  'Uncertainty',
  'Networks',
  'Materials',
  'the Deep Past',
  'Work and Leisure',
  'Sound and Silence',
  'Water',
] as const;

export function facultyName(index: number): string {
  const [name, round] = [faculties[index % faculties.length], Math.floor(index / faculties.length)];
  return `Faculty of ${name ?? ''}${round === 0 ? '' : ` ${round + 1}`}`;
}

/** `PHYS`, and in a large world `PHYS2`. */
export function departmentOf(index: number): { code: string; name: string } {
  const [code, name] = subjects[index % subjects.length] ?? ['', ''];
  const round = Math.floor(index / subjects.length);
  return round === 0 ? { code, name } : { code: `${code}${round + 1}`, name: `${name} ${round + 1}` };
}

/** The title of a course of a department; another one for each version. */
export function courseTitle(seed: number, department: string, index: number, version: number): string {
  const chosen = hash(seed, draws.title, index, version);
  const approach = approaches[chosen % approaches.length] ?? '';
  const focus = focuses[(chosen >>> 8) % focuses.length] ?? '';
  return `${approach} ${department} - ${focus}`;
}
