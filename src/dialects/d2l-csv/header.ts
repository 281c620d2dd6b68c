import { allColumns, columnsOf, type FileKind, fileKinds } from './columns.ts';
import { closestTo } from './closest.ts';
import { laterOf, type Version } from './versions.ts';

/** The names that no other kind of file has, and no other format of files that speak of the same. */
const marks: Readonly<Record<FileKind, readonly string[]>> = {
  orgs: ['code', 'department_code', 'template_code', 'semester_code', 'offering_code', 'custom_code'],
  users: ['username', 'org_defined_id', 'first_name', 'last_name', 'pref_first_name', 'pref_last_name'],
  enrollments: ['child_code', 'parent_code'],
  attributes: [],
};

/** The first line of a file. */
export interface Header {
  readonly names: readonly string[];
  /** undefined: it belongs to no file of the format. */
  readonly kind: FileKind | undefined;
}

/** The kind of file that a header belongs to, or is meant to: also one whose names are not all right. */
export function kindOfHeader(header: readonly string[]): FileKind | undefined {
  const names = new Set(header.map(loose));
  if (names.has('lmsusername')) return 'attributes';
  const hits = (kind: FileKind): number => marks[kind].filter((name) => names.has(loose(name))).length;
  const best = fileKinds.reduce((one, other) => (hits(other) > hits(one) ? other : one));
  const isPlain = names.has('type') && names.has('action');
  return hits(best) >= (isPlain ? 1 : 2) ? best : undefined;
}

/** Where each column stands. */
export type ColumnIndex = ReadonlyMap<string, number>;

export function indexColumns(header: readonly string[]): ColumnIndex {
  return new Map(header.map((name, index) => [canonical(name), index]));
}

const maxColumns = 100;

export interface HeaderFaults {
  /** What is wrong, column by column. */
  readonly faults: readonly string[];
  /** A column that must be there is not. */
  readonly lacks: boolean;
}

/**
 * What is wrong with a header: every column that is missing, unknown, misspelt, given twice, or of a later version.
 * D2L: "must be an exact match (casing and commas)"; the order of the columns is left to the sender.
 */
export function headerFaults(header: readonly string[], kind: FileKind, version: Version): HeaderFaults {
  const expected = columnsOf(kind, version);
  // No version has a fifth of that: it is no header, and nobody would read what is wrong with each.
  if (header.length > maxColumns) return { faults: [`it has ${header.length} columns`], lacks: false };
  const names = header.map(canonical);
  const missing = new Set(expected.filter(({ name }) => !names.includes(name)).map(({ name }) => name));
  const required = expected.filter(({ name, optional }) => optional !== true && missing.has(name));
  const faults = names.flatMap((name, index) => {
    if (expected.some((column) => column.name === name))
      return names.indexOf(name) < index ? [`${quoted(name)} stands twice`] : [];
    const later = allColumns(kind).find((column) => column.name === name);
    if (later !== undefined) return [`${quoted(name)} came with version ${later.since}`];
    const meant = closestTo(name, [...missing]);
    if (meant === undefined) return [name === '' ? `column ${index + 1} has no name` : `${quoted(name)} is unknown`];
    missing.delete(meant);
    return [`${quoted(name)} is misspelt: it is ${quoted(meant)}`];
  });
  const gone = required.filter(({ name }) => missing.has(name)).map(({ name }) => `${quoted(name)} is missing`);
  return { faults: [...faults, ...gone], lacks: required.length > 0 };
}

/** The first version that has all the columns of a header; names that no version has do not count. */
export function versionNeeded(header: readonly string[], kind: FileKind): Version {
  const known = allColumns(kind).filter(({ name }) => header.includes(name));
  return known.map(({ since }) => since).reduce(laterOf, '1.0');
}

/** The guide itself writes a blank before a name of the attributes, and one of them in two ways. */
function canonical(name: string): string {
  const trimmed = name.trim();
  if (trimmed === 'Company Employee ID') return 'Company Employee Id';
  return trimmed === 'Affiliated Org Units' ? trimmed : name;
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}

function loose(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}
