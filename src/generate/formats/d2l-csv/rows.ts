import {
  type EnrollmentRecord,
  isOrgUnit,
  type OrgUnitPart,
  type OrgUnitRecord,
  type PersonRecord,
  type Stated,
  type WorldRecord,
} from '../../world/records.ts';
import type { D2lTable, D2lVersion } from './columns.ts';

/** A line by the names of its columns; those that are not named are empty. */
export type Cells = Readonly<Record<string, string | undefined>>;

/** The column `type`. Faculties are a type of the university's own. */
const types: Readonly<Record<OrgUnitPart, string>> = {
  faculty: 'faculty',
  department: 'department',
  semester: 'semester',
  template: 'course template',
  offering: 'course offering',
  section: 'course section',
};

/** A line of the file of its table; undefined: the format has no word for such a record. */
export function rowOf({ verb, record }: Stated, version: D2lVersion): { table: D2lTable; cells: Cells } | undefined {
  const action = verb === 'delete' ? 'DELETE' : 'UPDATE';
  if (record.part === 'cross_list') return undefined;
  if (record.part === 'person') return { table: 'users', cells: { ...personCells(record, version), action } };
  if (isOrgUnit(record)) return { table: 'orgs', cells: { ...orgUnitCells(record), action } };
  return { table: 'enrollments', cells: { ...enrollmentCells(record), action } };
}

export function fieldsOf(columns: readonly string[], cells: Cells): string[] {
  return columns.map((column) => cells[column] ?? '');
}

function orgUnitCells(record: OrgUnitRecord): Cells {
  const { part, id, name, startsOn, endsOn } = record;
  const isOffered = part === 'offering' || part === 'section';
  return {
    type: types[part],
    code: id,
    name,
    start_date: startsOn,
    end_date: endsOn && `${endsOn}T23:59:59.000`,
    is_active: part === 'semester' || isOffered ? '1' : '',
    department_code: part === 'template' ? record.department : undefined,
    template_code: part === 'offering' ? record.template : undefined,
    semester_code: part === 'offering' ? record.semester : undefined,
    offering_code: part === 'section' ? record.offering : undefined,
    custom_code: part === 'department' ? record.faculty : undefined,
    discover: part === 'offering' ? '1' : undefined,
  };
}

function personCells(person: PersonRecord, version: D2lVersion): Cells {
  const { id, userName, givenName, familyName, preferredName, email, active, role, auditor } = person;
  return {
    type: 'user',
    username: userName,
    org_defined_id: id,
    first_name: givenName,
    last_name: familyName,
    is_active: active ? '1' : '0',
    role_name: role,
    email,
    relationships: auditor && relationship(auditor, version),
    pref_first_name: preferredName,
    sort_last_name: familyName,
  };
}

/** A list in JSON in 1.1, and with pipes since. */
function relationship(auditor: string, version: D2lVersion): string {
  return version === '1.1' ? JSON.stringify([{ Type: 'Auditor', Id: auditor }]) : `Auditor:${auditor}`;
}

/** Of a file of attributes, which has others, too. */
export const attributeColumns = [
  'LMS Username',
  'Department',
  'Employee Role',
  'Hired Date',
  'Manager',
  'Affiliated Org Units',
];

/** undefined: there is nothing to tell. */
export function attributesRow(record: WorldRecord): string[] | undefined {
  if (record.part !== 'person' || record.employment === undefined) return undefined;
  const { department, hiredOn, manager } = record.employment;
  return [record.userName, department, 'Instructor', hiredOn, manager, department];
}

function enrollmentCells({ person, section, role }: EnrollmentRecord): Cells {
  return { type: 'enrollment', child_code: person, role_name: role, parent_code: section };
}
