import { element, writeIndentedXml, type XmlNode } from '../formats/xml/index.ts';
import type { RecordOutcome } from './record-dialect.ts';

/**
 * The report as XML: `report/outcome/problem`. Every outcome has `status`, and `at`, `entity`, `kind`, `verb`, `sourcedId`,
 * `lmsId` where they are known; every problem its `code`, `at`, and words for people.
 */
export function writeReport(messageId: string, outcomes: readonly RecordOutcome[]): string {
  return writeIndentedXml(element('report', outcomes.map(outcomeNode), { messageId }));
}

function outcomeNode({ status, at, entity, kind, verb, sourcedId, lmsId, problems }: RecordOutcome): XmlNode {
  const attributes = {
    status,
    at,
    entity: entity ?? undefined,
    kind: kind ?? undefined,
    verb: verb ?? undefined,
    sourcedId: sourcedId ?? undefined,
    lmsId,
  };
  const words = problems.map(({ code, message, at: where, field }) =>
    element('problem', message, { code, at: where, field }),
  );
  return element('outcome', words, attributes);
}
