import type { Feed, FeedFormat, Piece } from '../../feed.ts';
import { stampOfDay } from '../../world/calendar.ts';
import { parts, type Stated } from '../../world/records.ts';
import { brokenPiece } from '../broken-piece.ts';
import { xmlHead } from '../xml-text.ts';
import { brokenTransactions } from './broken.ts';
import { type LisName, lisRecordOf } from './records.ts';
import { recordElement, transaction } from './transaction.ts';

/** A bulk file of LIS 2.0: the messages that a SIS would send one by one, a line each. */
export const lis2Bulk: FeedFormat = {
  name: 'lis2-bulk',
  summary: 'LIS 2.0 messages in a bulk file (bulk data exchange): one XML file',
  form: 'file',
  syntax: 'xml',
  files: (feed) => [
    {
      name: `lis-bulk-${stampOfDay(feed.shape.year, feed.day)}.xml`,
      encoding: 'utf-8',
      pieces: () => piecesOf(feed),
    },
  ],
  lacks: ['auditors', 'attributes'],
  broken: brokenTransactions,
  wireId(record) {
    const { name, id } = lisRecordOf(record);
    return { kind: kinds[name], sourcedId: id };
  },
};

const kinds = {
  Person: 'person',
  Group: 'group',
  CourseTemplate: 'template',
  CourseOffering: 'offering',
  CourseSection: 'section',
  SectionAssociation: 'association',
  Membership: 'membership',
} as const satisfies Record<LisName, string>;

const namespace = 'http://www.imsglobal.org/services/lis/bdemsv1p0/imsbdemsFileData_v1p0';

function* piecesOf(feed: Feed): Generator<Piece> {
  yield { text: `${xmlHead}<bulkDataRecord xmlns="${namespace}">\n` };
  let count = 0;
  for (const part of parts) {
    const broken = brokenTransactions(part);
    for (const item of feed.items(part)) {
      count += 1;
      if ('broken' in item) yield brokenPiece(broken, item.broken);
      else yield { text: `${transactionOf(item, count)}\n`, promised: item.promised };
    }
  }
  for (const item of feed.late()) {
    count += 1;
    yield { text: `${transactionOf(item, count)}\n`, promised: item.promised };
  }
  yield { text: '</bulkDataRecord>\n' };
}

function transactionOf({ verb, record }: Stated, count: number): string {
  const lis = lisRecordOf(record);
  if (verb === 'delete') return transaction(count, 'delete', lis);
  return transaction(count, 'replace', lis, recordElement(lis, lis.object));
}
