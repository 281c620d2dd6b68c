import { fold, presets, type SourceSystemOptions } from '../../src/domain/source-system.ts';
import type { LmsRole, LmsType, Source, State } from './model/state.ts';

/** The LMS's types and roles in every oracle run, in the order of their ids. */
export const lmsTypes: LmsType[] = [
  { code: 'semester', base: 'semester' },
  { code: 'department', base: 'department' },
  { code: 'course_template', base: 'course_template' },
  { code: 'course_offering', base: 'course_offering' },
  { code: 'course_section', base: 'course_section' },
  { code: 'group', base: 'group' },
];

export const lmsRoles: LmsRole[] = [
  { code: 'student', rank: 30, allSections: false },
  { code: 'teacher', rank: 10, allSections: true },
  { code: 'assistant', rank: 10, allSections: false },
];

export const typeMap = {
  TERM: 'semester',
  DEPARTMENT: 'department',
  CourseTemplate: 'course_template',
  CourseOffering: 'course_offering',
  CourseSection: 'course_section',
  SectionAssociation: 'course_offering',
  CourseGroup: 'group',
} as const;

export const roleMap = { Learner: 'student', Instructor: 'teacher', Student: 'student', Faculty: 'teacher' } as const;

/** Two source systems: Banner, whose sections come alone, and a plain LIS one that has more to say. */
export type Options = { banner: Partial<SourceSystemOptions>; lis: Partial<SourceSystemOptions> };

export function oracleWorld({ banner, lis }: Options): Pick<State, 'sources' | 'types' | 'roles'> {
  const sources = [
    sourceSystem('banner', 20, { ...presets['banner-ilp'], ...banner }),
    sourceSystem('lis', 10, { ...presets.lis, ...lis }),
  ];
  return { sources, types: lmsTypes, roles: lmsRoles };
}

function sourceSystem(code: string, rank: number, options: SourceSystemOptions): Source {
  return { code, rank, options, typeMap: folded(typeMap), roleMap: folded(roleMap) };
}

function folded(map: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(map).map(([word, code]) => [fold(word), code]));
}
