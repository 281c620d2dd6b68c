import { syntheticEnrollmentId } from '../../../domain/synthetic-enrollment-id.ts';
import type { Feed, FeedFormat, Piece, StatedItem } from '../../feed.ts';
import { instantOfDay, stampOfDay } from '../../world/calendar.ts';
import { isOrgUnit, type Part } from '../../world/records.ts';
import { brokenPiece } from '../broken-piece.ts';
import { membershipsOf } from '../memberships.ts';
import { branch, leaf, xmlHead } from '../xml-text.ts';
import { brokenElements } from './broken.ts';
import {
  courseId,
  crossListElements,
  groupElement,
  memberElement,
  personElement,
  sourcedIdElement,
} from './records.ts';

/** IMS Enterprise 1.1 with the conventions of Luminis, one file: persons, groups, memberships, as the DTD orders them. */
export const imsEnterprise: FeedFormat = {
  name: 'ims-enterprise',
  summary: 'IMS Enterprise 1.1 with the conventions of Luminis: one XML file',
  form: 'file',
  syntax: 'xml',
  files: (feed) => [
    {
      name: `enterprise-${stampOfDay(feed.shape.year, feed.day)}.xml`,
      encoding: 'utf-8',
      pieces: () => piecesOf(feed),
    },
  ],
  lacks: ['course offerings', 'inactive people', 'auditors', 'attributes'],
  broken: brokenElements,
  wireId(record) {
    if (record.part === 'person') return { kind: 'person', sourcedId: record.id };
    if (record.part === 'cross_list') return { kind: 'association', sourcedId: record.id };
    if (record.part === 'template') return { kind: 'template', sourcedId: courseId(record.id) };
    if (record.part === 'offering') return { kind: 'offering' };
    if (isOrgUnit(record)) return { kind: record.part === 'section' ? 'section' : 'group', sourcedId: record.id };
    const orgUnit = { kind: 'section', sourcedId: record.section } as const;
    return { kind: 'membership', sourcedId: syntheticEnrollmentId(record.person, orgUnit) };
  },
};

const groupParts: readonly Part[] = ['faculty', 'department', 'semester', 'template', 'section', 'cross_list'];

function* piecesOf(feed: Feed): Generator<Piece> {
  yield { text: `${xmlHead}<enterprise>\n${properties(feed)}\n` };
  for (const part of ['person', ...groupParts] as const) yield* recordsOf(feed, part);
  yield* membershipsOf(feed, brokenElements('enrollment'), {
    begin: (section) => `<membership>${sourcedIdElement(section)}`,
    member: memberElement,
  });
  for (const item of feed.late()) yield* elementOf(item, feed);
  yield { text: '</enterprise>\n' };
}

function properties({ shape, day, isSnapshot }: Feed): string {
  const datetime = instantOfDay(shape.year, day).toISOString().slice(0, 19);
  return branch(
    'properties',
    leaf('datasource', 'Lakeside University'),
    leaf('type', isSnapshot ? 'REFRESH' : 'UPDATE'),
    leaf('datetime', datetime),
  );
}

function* recordsOf(feed: Feed, part: Part): Generator<Piece> {
  const broken = brokenElements(part);
  for (const item of feed.items(part)) {
    if ('broken' in item) yield brokenPiece(broken, item.broken);
    else yield* elementOf(item, feed);
  }
}

/** A snapshot has whoever is active; among changes, somebody who left is deleted. */
function* elementOf({ record, promised }: StatedItem, { isSnapshot }: Feed): Generator<Piece> {
  if (record.part === 'person') {
    if (record.active) yield { text: `${personElement(record, '')}\n`, promised };
    else if (!isSnapshot) yield { text: `${personElement(record, ' recstatus="3"')}\n`, promised };
  } else if (record.part === 'cross_list') yield { text: `${crossListElements(record, '')}\n`, promised };
  else if (isOrgUnit(record)) yield { text: `${groupElement(record, '')}\n`, promised };
}
