import {
  type EnrollmentRecord,
  isOrgUnit,
  type OrgUnitPart,
  type OrgUnitRecord,
  type PersonRecord,
  type Stated,
} from '../../world/records.ts';
import { columnsOf, type D2lTable, type D2lVersion } from './columns.ts';

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
export function rowOf({ verb, record }: Stated): { table: D2lTable; cells: Cells } | undefined {
  const action = verb === 'delete' ? 'DELETE' : 'UPDATE';
  if (record.part === 'cross_list') return undefined;
  if (record.part === 'person') return { table: 'users', cells: { ...personCells(record), action } };
  if (isOrgUnit(record)) return { table: 'orgs', cells: { ...orgUnitCells(record), action } };
  return { table: 'enrollments', cells: { ...enrollmentCells(record), action } };
}

export function fieldsOf(table: D2lTable, version: D2lVersion, cells: Cells): string[] {
  return columnsOf(table, version).map((column) => cells[column] ?? '');
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

function personCells({ id, userName, givenName, familyName, preferredName, email, active, role }: PersonRecord): Cells {
  return {
    type: 'user',
    username: userName,
    org_defined_id: id,
    first_name: givenName,
    last_name: familyName,
    is_active: active ? '1' : '0',
    role_name: role,
    email,
    pref_first_name: preferredName,
    sort_last_name: familyName,
  };
}

function enrollmentCells({ person, section, role }: EnrollmentRecord): Cells {
  return { type: 'enrollment', child_code: person, role_name: role, parent_code: section };
}
