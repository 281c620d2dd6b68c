import type { WireKind } from '../../../domain/entities.ts';
import type { Feed, FeedFile, FeedFormat, FeedItem, Piece, StatedItem } from '../../feed.ts';
import { isOrgUnit, type OrgUnitPart, type Part, type Stated } from '../../world/records.ts';
import { brokenPiece } from '../broken-piece.ts';
import { membershipsOf } from '../memberships.ts';
import { xmlHead } from '../xml-text.ts';
import { brokenRecords } from './broken.ts';
import {
  associationElement,
  memberElement,
  membershipStart,
  type Mode,
  orgUnitElement,
  personElement,
} from './records.ts';

/** Snapshots of PeopleSoft SAIP: a file for each kind of record, under the names that PeopleSoft gives them. */
export const saipSnapshot: FeedFormat = {
  name: 'saip-snapshot',
  summary: 'snapshots of PeopleSoft SAIP: a zip or a folder of XML files',
  form: 'package',
  syntax: 'xml',
  files: (feed) => files.map(([name, parts]) => fileOf(name, parts, feed)),
  lacks: ['user names', 'roles of people', 'inactive people', 'auditors', 'attributes'],
  broken: brokenRecords,
  wireId(record) {
    if (record.part === 'person') return { kind: 'person', sourcedId: record.id };
    if (record.part === 'cross_list') return { kind: 'association', sourcedId: record.id };
    if (isOrgUnit(record)) return { kind: kinds[record.part], sourcedId: record.id };
    return { kind: 'membership', sourcedId: `${record.section}-${record.person}` };
  },
};

const kinds: Readonly<Record<OrgUnitPart, WireKind>> = {
  faculty: 'group',
  department: 'group',
  semester: 'group',
  template: 'template',
  offering: 'offering',
  section: 'section',
};

/** In the order in which their records need each other. */
const files: readonly (readonly [name: string, parts: readonly [Part, ...Part[]]])[] = [
  ['READGROUPSMGMT', ['faculty', 'department', 'semester']],
  ['READCOURSETEMPLATES', ['template']],
  ['READCOURSEOFFERINGS', ['offering']],
  ['READCOURSESECTIONS', ['section']],
  ['READSECTIONASSOCIATION', ['cross_list']],
  ['READPERSONS', ['person']],
  ['READMEMBERSHIPS', ['enrollment']],
];

function fileOf(name: string, parts: readonly [Part, ...Part[]], feed: Feed): FeedFile {
  return { name: `${name}.xml`, encoding: 'utf-8', part: parts[0], pieces: () => piecesOf(parts, feed) };
}

function* piecesOf(parts: readonly Part[], feed: Feed): Generator<Piece> {
  yield { text: `${xmlHead}<enterprise>\n` };
  for (const part of parts) {
    if (part === 'enrollment')
      yield* membershipsOf(feed, brokenRecords(part), {
        begin: membershipStart,
        member: (record, verb) => memberElement(record, modeOf(verb, feed)),
      });
    else yield* recordsOf(feed.items(part), part, feed);
  }
  // What comes late stands behind everything, in the last file.
  if (parts.includes('enrollment')) yield* recordsOf(feed.late(), 'department', feed);
  yield { text: '</enterprise>\n' };
}

function* recordsOf(items: Iterable<FeedItem>, part: Part, feed: Feed): Generator<Piece> {
  const broken = brokenRecords(part);
  for (const item of items) {
    const element = 'broken' in item ? undefined : elementOf(item, feed);
    if ('broken' in item) yield brokenPiece(broken, item.broken);
    else if (element !== undefined) yield { text: `${element}\n`, promised: item.promised };
  }
}

/** There are no inactive people: who left is not in a snapshot, and deleted among changes. */
function elementOf({ record, verb }: StatedItem, feed: Feed): string | undefined {
  const mode = modeOf(verb, feed);
  if (record.part === 'cross_list') return associationElement(record, mode);
  if (isOrgUnit(record)) return orgUnitElement(record, mode);
  if (record.part !== 'person' || (feed.isSnapshot && !record.active)) return undefined;
  return personElement(record, record.active ? mode : 'D');
}

function modeOf(verb: Stated['verb'], { isSnapshot }: Feed): Mode {
  if (verb === 'delete') return 'D';
  return isSnapshot ? 'A' : 'C';
}
