import type { WireKind } from '../../../domain/entities.ts';
import { syntheticEnrollmentId } from '../../../domain/synthetic-enrollment-id.ts';
import type { Feed, FeedFile, FeedFormat, FeedItem, Lack, Piece } from '../../feed.ts';
import { stampOfDay } from '../../world/calendar.ts';
import { isOrgUnit, type OrgUnitPart, type Part, type WorldRecord } from '../../world/records.ts';
import { brokenPiece } from '../broken-piece.ts';
import { csvRow } from '../csv-row.ts';
import { brokenRows } from './broken.ts';
import { columnsOf, type D2lTable, type D2lVersion, isFirst } from './columns.ts';
import { attributeColumns, attributesRow, fieldsOf, rowOf } from './rows.ts';

/** D2L Standard CSV: a zip of files that are processed in the order of their names, and from 1.1 on a manifest. */
export function d2lCsv(version: D2lVersion): FeedFormat {
  return {
    name: `d2l-csv-${version}`,
    summary: `D2L Standard CSV ${version}: a zip or a folder of CSV files${version === '1.0' ? '' : ' and a manifest'}`,
    form: 'package',
    syntax: 'csv',
    files: (feed) => filesOf(feed, version),
    lacks: lacksOf(version),
    broken: (part) => brokenRows(part, version),
    wireId: (record) => wireId(record, version),
  };
}

function lacksOf(version: D2lVersion): Lack[] {
  if (!isFirst(version)) return ['cross-lists'];
  const lacks: Lack[] = ['faculties', 'cross-lists', 'preferred names'];
  return version === '1.0' ? [...lacks, 'auditors'] : lacks;
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
  const stamp = stampOfDay(feed.shape.year, feed.day);
  const known = files.filter(([, , part]) => part !== 'faculty' || !isFirst(version));
  const written = known.map(([name, table, part]): FeedFile => ({
    name: `${name}-${stamp}.csv`,
    encoding: 'utf-8',
    part,
    pieces: () => tableOf(table, version, feed.items(part), part),
  }));
  const attributes: FeedFile = {
    name: `09-Attributes-${stamp}.csv`,
    encoding: 'utf-8',
    pieces: () => attributesOf(feed),
  };
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
  return [
    ...written,
    ...(feed.shape.attributes ? [attributes] : []),
    ...(isEmpty(feed.late()) ? [] : [late]),
    ...(version === '1.0' ? [] : [manifest]),
  ];
}

function* tableOf(table: D2lTable, version: D2lVersion, items: Iterable<FeedItem>, part: Part): Generator<Piece> {
  const columns = columnsOf(table, version);
  yield { text: `${csvRow(columns)}\n` };
  const broken = brokenRows(part, version);
  for (const item of items) {
    const row = 'broken' in item ? undefined : rowOf(item, version);
    if ('broken' in item) yield brokenPiece(broken, item.broken);
    else if (row !== undefined) yield { text: `${csvRow(fieldsOf(columns, row.cells))}\n`, promised: item.promised };
  }
}

/** A line for each instructor. */
function* attributesOf(feed: Feed): Generator<Piece> {
  yield { text: `${csvRow(attributeColumns)}\n` };
  for (const item of feed.items('person')) {
    const row = 'broken' in item ? undefined : attributesRow(item.record);
    if (row !== undefined) yield { text: `${csvRow(row)}\n` };
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

function wireId(record: WorldRecord, version: D2lVersion): ReturnType<FeedFormat['wireId']> {
  if (record.part === 'person') return { kind: 'person', sourcedId: record.id };
  if (record.part === 'cross_list') return { kind: 'association', sourcedId: record.id };
  if (isOrgUnit(record)) return { kind: kinds[record.part], sourcedId: record.id };
  const orgUnit = { kind: isFirst(version) ? ('section' as const) : null, sourcedId: record.section };
  return { kind: 'membership', sourcedId: syntheticEnrollmentId(record.person, orgUnit) };
}

function isEmpty(items: Iterable<unknown>): boolean {
  for (const _ of items) return false;
  return true;
}
