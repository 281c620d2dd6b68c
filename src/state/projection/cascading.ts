type Base = 'course_section' | 'group' | 'course_offering';

/**
 * Enrollments cascade from what is based on one of the first to what is based on the others (docs/projection.md 7): who is in a
 * section, or in a group of a course, is in the course (IPSIS: EnrollLMSOffering beside EnrollLMSGroupSection).
 */
export const cascading: { readonly from: readonly Base[]; readonly to: readonly Base[] } = {
  from: ['course_section', 'group'],
  to: ['course_offering'],
};

/** As a condition on the bases of a child and its parent. */
export const cascadesSql = (child: string, parent: string): string =>
  `(${child} in ${listSql(cascading.from)} and ${parent} in ${listSql(cascading.to)})`;

export const listSql = (bases: readonly Base[]): string => `('${bases.join(`', '`)}')`;
