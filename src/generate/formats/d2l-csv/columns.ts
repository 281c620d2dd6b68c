/** The versions of D2L Standard CSV, oldest first. */
export const d2lVersions = ['1.0', '1.1', '2.0', '2.1', '3.0'] as const;
export type D2lVersion = (typeof d2lVersions)[number];
export type D2lTable = 'orgs' | 'users' | 'enrollments';

/** The columns of each file, in the order of the guide: each version adds some at the end. */
const added: Readonly<Record<D2lTable, Readonly<Partial<Record<D2lVersion, readonly string[]>>>>> = {
  orgs: {
    '1.0': [
      ['type', 'action', 'code', 'name', 'start_date', 'end_date', 'is_active'],
      ['department_code', 'template_code', 'semester_code', 'offering_code'],
    ].flat(),
    '2.0': ['custom_code'],
    '3.0': ['discover'],
  },
  users: {
    '1.0': [
      ['type', 'action', 'username', 'org_defined_id', 'first_name', 'last_name', 'password', 'is_active', 'role_name'],
      ['email'],
    ].flat(),
    '1.1': ['relationships'],
    '2.0': ['pref_first_name', 'pref_last_name'],
    '2.1': ['sort_last_name'],
    '3.0': ['pronouns'],
  },
  enrollments: { '1.0': ['type', 'action', 'child_code', 'role_name', 'parent_code'] },
};

export function columnsOf(table: D2lTable, version: D2lVersion): readonly string[] {
  const upTo = d2lVersions.slice(0, d2lVersions.indexOf(version) + 1);
  return upTo.flatMap((each) => added[table][each] ?? []);
}

/** From 2.0 on there are types of org units of one's own, and people are enrolled in any org unit. */
export function isFirst(version: D2lVersion): boolean {
  return version === '1.0' || version === '1.1';
}
