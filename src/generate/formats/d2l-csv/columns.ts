/** The versions of D2L Standard CSV that feeds are written in. */
export type D2lVersion = '2.0' | '3.0';

const columns = {
  orgs: [
    ['type', 'action', 'code', 'name', 'start_date', 'end_date', 'is_active'],
    ['department_code', 'template_code', 'semester_code', 'offering_code', 'custom_code'],
  ].flat(),
  users: [
    ['type', 'action', 'username', 'org_defined_id', 'first_name', 'last_name', 'password', 'is_active', 'role_name'],
    ['email', 'relationships', 'pref_first_name', 'pref_last_name'],
  ].flat(),
  enrollments: ['type', 'action', 'child_code', 'role_name', 'parent_code'],
} as const;

export type D2lTable = keyof typeof columns;

/** What 2.1 and 3.0 added, at the end. */
const added: Readonly<Record<D2lTable, readonly string[]>> = {
  orgs: ['discover'],
  users: ['sort_last_name', 'pronouns'],
  enrollments: [],
};

/** The columns of a file, in the order of the guide. */
export function columnsOf(table: D2lTable, version: D2lVersion): readonly string[] {
  return version === '2.0' ? columns[table] : [...columns[table], ...added[table]];
}
