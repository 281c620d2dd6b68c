import type { BrokenRecord } from '../../feed.ts';
import type { Part } from '../../world/records.ts';
import { csvRow } from '../csv-row.ts';
import { columnsOf, type D2lTable, type D2lVersion, isFirst } from './columns.ts';
import { type Cells, fieldsOf } from './rows.ts';

/** Lines that are right but for one thing, about nobody and nothing of the world. */
export function brokenRows(part: Part, version: D2lVersion): readonly BrokenRecord[] {
  return makers[part]?.(version) ?? [];
}

const makers: Partial<Record<Part, (version: D2lVersion) => BrokenRecord[]>> = {
  section: sections,
  person: persons,
  enrollment: enrollments,
};

type Fault = readonly [column: string, value: string, code: NonNullable<BrokenRecord['code']>, what: string];

/** One line for each fault that the version has a column for: the cells, and in one of them what is wrong. */
function lines(table: D2lTable, version: D2lVersion, cells: Cells, faults: readonly Fault[]): BrokenRecord[] {
  const columns = columnsOf(table, version);
  const known = faults.filter(([field]) => columns.includes(field));
  return known.map(([field, value, code, what]) => ({
    text: csvRow(fieldsOf(columns, { ...cells, [field]: value })),
    code,
    field,
    what,
  }));
}

function sections(version: D2lVersion): BrokenRecord[] {
  const cells = { type: 'course section', code: 'BROKEN-1', name: 'Broken', is_active: '1', offering_code: 'BROKEN' };
  return lines('orgs', version, cells, [
    ['start_date', '31/12/2026', 'invalid_data', 'a date in the form of a country'],
    ['offering_code', '', 'incomplete_data', 'a section without an offering'],
    ['type', 'Course Section', 'invalid_data', 'a type in capitals'],
    ['code', 'BROKEN#1', 'illegal_characters', 'a code with a character that codes cannot have'],
    ['is_active', 'perhaps', 'invalid_data', 'a flag that is none'],
    ['name', 'N'.repeat(129), 'value_too_long', 'a name of 129 characters'],
    ...(isFirst(version) ? [ownType] : []),
  ]);
}

const ownType: Fault = ['type', 'school', 'invalid_data', "a type of one's own, which came with 2.0"];

function persons(version: D2lVersion): BrokenRecord[] {
  const cells = {
    type: 'user',
    username: 'broken',
    org_defined_id: 'BROKEN',
    first_name: 'Broken',
    last_name: 'Row',
    is_active: '1',
    role_name: 'Student',
  };
  const whole = fieldsOf(columnsOf('users', version), cells);
  const quoted = whole.map((field) => (field === 'Broken' ? 'Bro"ken' : field)).join(',');
  return [
    ...lines('users', version, cells, [
      ['org_defined_id', '', 'incomplete_data', 'a person without an org-defined id'],
      ['username', 'bro:ken', 'illegal_characters', 'a user name with a character that it cannot have'],
      ['last_name', 'N'.repeat(65), 'value_too_long', 'a family name of 65 characters'],
      ['is_active', 'maybe', 'invalid_data', 'a flag that is none'],
      ['action', 'UPSERT', 'invalid_data', 'an action that is none'],
      ['relationships', 'Friend:20000001', 'invalid_data', 'a relation that is none'],
    ]),
    { text: csvRow(whole.slice(1)), code: 'wrong_column_count', what: 'a line that lacks a column' },
    { text: quoted, code: 'malformed_csv', field: 'first_name', what: 'a quote inside a value' },
    { text: '', code: 'empty_row', what: 'an empty line' },
  ];
}

function enrollments(version: D2lVersion): BrokenRecord[] {
  const cells = { type: 'enrollment', child_code: 'BROKEN', role_name: 'Learner', parent_code: 'BROKEN' };
  const columns = columnsOf('enrollments', version);
  const whole = fieldsOf(columns, cells);
  return [
    ...lines('enrollments', version, cells, [
      ['role_name', '', 'incomplete_data', 'an enrollment without a role'],
      ['child_code', ' ', 'invalid_data', 'a value of nothing but a blank'],
      ['type', 'Enrollment', 'invalid_data', 'a type in capitals'],
    ]),
    {
      text: csvRow([...whole, '']),
      code: 'wrong_column_count',
      what: `a line of ${columns.length + 1} columns`,
    },
  ];
}
