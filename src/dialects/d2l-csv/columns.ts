import { isAtLeast, type Version } from './versions.ts';

/** What the header of a file tells of it. One format serves all six kinds of org units. */
export const fileKinds = ['orgs', 'users', 'enrollments', 'attributes'] as const;
export type FileKind = (typeof fileKinds)[number];

export interface Column {
  readonly name: string;
  /** The version that brought it. */
  readonly since: Version;
  /** A file may do without it. */
  readonly optional?: true;
}

function brought(since: Version, ...names: string[]): Column[] {
  return names.map((name) => ({ name, since }));
}

/** The columns of a file of attributes that are values of the person. */
export const attributeNames = [
  'Company Employee Id',
  'Company Name',
  'Department',
  'Division',
  'Employee Role',
  'Hired Date',
  'Location',
  'Manager',
  'Region',
  'Role Category',
  'Team',
  'Affiliated Org Units',
] as const;

export const userNameColumn = 'LMS Username';

const columns: Readonly<Record<FileKind, readonly Column[]>> = {
  orgs: [
    ...brought('1.0', 'type', 'action', 'code', 'name', 'start_date', 'end_date', 'is_active'),
    ...brought('1.0', 'department_code', 'template_code', 'semester_code', 'offering_code'),
    ...brought('2.0', 'custom_code'),
    ...brought('3.0', 'discover'),
  ],
  users: [
    ...brought('1.0', 'type', 'action', 'username', 'org_defined_id', 'first_name', 'last_name'),
    ...brought('1.0', 'password', 'is_active', 'role_name', 'email'),
    ...brought('1.1', 'relationships'),
    ...brought('2.0', 'pref_first_name', 'pref_last_name'),
    ...brought('2.1', 'sort_last_name'),
    ...brought('3.0', 'pronouns'),
  ],
  enrollments: brought('1.0', 'type', 'action', 'child_code', 'role_name', 'parent_code'),
  // The same in all versions.
  attributes: [
    { name: userNameColumn, since: '1.0' },
    ...attributeNames.map((name) => ({ name, since: '1.0', optional: true }) as const),
  ],
};

/** All columns that a kind of file has in any version. */
export function allColumns(kind: FileKind): readonly Column[] {
  return columns[kind];
}

export function columnsOf(kind: FileKind, version: Version): readonly Column[] {
  return columns[kind].filter(({ since }) => isAtLeast(version, since));
}
