import type { WireKind } from '../../../domain/entities.ts';
import { syntheticEnrollmentId } from '../../../domain/synthetic-enrollment-id.ts';
import type { Feed, FeedFile, FeedFormat, FeedItem, Piece } from '../../feed.ts';
import { stampOfDay } from '../../world/calendar.ts';
import { isOrgUnit, type OrgUnitPart, type Part, type WorldRecord } from '../../world/records.ts';
import { brokenPiece } from '../broken-piece.ts';
import { csvRow } from '../csv-row.ts';
import { brokenRows } from './broken.ts';
import { columnsOf, type D2lTable, type D2lVersion } from './columns.ts';
import { fieldsOf, rowOf } from './rows.ts';

/** D2L Standard CSV: a zip of files that are processed in the order of their names. It knows no cross-lists. */
export function d2lCsv(version: D2lVersion): FeedFormat {
  return {
    name: `d2l-csv-${version}`,
    summary: `D2L Standard CSV ${version}: a zip or a folder of CSV files and a manifest`,
    form: 'package',
    files: (feed) => filesOf(feed, version),
    broken: (part) => brokenRows(part, version),
    wireId,
  };
}

/** The names that the guide suggests, in the order of the needs. */
const files: readonly (readonly [name: string, table: D2lTable, part: Part])[] = [
  ['01-Other', 'orgs', 'faculty'],
  ['02-Departments', 'orgs', 'department'],
  ['03-Semesters', 'orgs', 'semester'],
  ['04-Templates', 'orgs', 'template'],
  ['05-Offerings', 'orgs', 'offering'],
  ['06-Sections', 'orgs', 'section'],
  ['07-Users', 'users', 'person'],
  ['08-Enrollments', 'enrollments', 'enrollment'],
];

function filesOf(feed: Feed, version: D2lVersion): FeedFile[] {
  const stamp = stampOfDay(feed.day);
  const written = files.map(([name, table, part]): FeedFile => ({
    name: `${name}-${stamp}.csv`,
    encoding: 'utf-8',
    pieces: () => tableOf(table, version, feed.items(part), part),
  }));
  const late: FeedFile = {
    name: `10-Late-${stamp}.csv`,
    encoding: 'utf-8',
    pieces: () => tableOf('orgs', version, feed.late(), 'department'),
  };
  const manifest: FeedFile = {
    name: 'manifest.json',
    encoding: 'utf-8',
    pieces: () => [{ text: `${JSON.stringify({ version })}\n` }],
  };
  return [...written, ...(isEmpty(feed.late()) ? [] : [late]), manifest];
}

function* tableOf(table: D2lTable, version: D2lVersion, items: Iterable<FeedItem>, part: Part): Generator<Piece> {
  yield { text: `${csvRow(columnsOf(table, version))}\n` };
  const broken = brokenRows(part, version);
  for (const item of items) {
    const row = 'broken' in item ? undefined : rowOf(item);
    if ('broken' in item) yield brokenPiece(broken, item.broken);
    else if (row !== undefined)
      yield { text: `${csvRow(fieldsOf(table, version, row.cells))}\n`, promised: item.promised };
  }
}

const kinds: Readonly<Record<OrgUnitPart, WireKind>> = {
  faculty: 'group',
  department: 'group',
  semester: 'group',
  template: 'template',
  offering: 'offering',
  section: 'section',
};

function wireId(record: WorldRecord): ReturnType<FeedFormat['wireId']> {
  if (record.part === 'person') return { kind: 'person', sourcedId: record.id };
  if (record.part === 'cross_list') return { kind: 'association', sourcedId: record.id };
  if (isOrgUnit(record)) return { kind: kinds[record.part], sourcedId: record.id };
  const orgUnit = { kind: null, sourcedId: record.section };
  return { kind: 'membership', sourcedId: syntheticEnrollmentId(record.person, orgUnit) };
}

function isEmpty(items: Iterable<unknown>): boolean {
  for (const _ of items) return false;
  return true;
}
