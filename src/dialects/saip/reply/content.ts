import type { DeclaredRecord, Outcome } from '../../../domain/outcome.ts';
import { savePointText } from '../../../formats/ims/index.ts';
import { inOrder, type Field, type Value } from '../../../formats/wsdl/index.ts';
import type { XmlNode } from '../../../formats/xml/index.ts';
import type { ServiceContract } from '../contract/service.ts';
import type { findOperation } from '../contract/services.ts';
import { dataFile } from './data-file.ts';
import { objectTree, personCore } from './objects.ts';

/** What stands in the response of an operation that was done: what its contract says, as far as the outcomes have it. */
export function responseContent(
  { service, operation }: NonNullable<ReturnType<typeof findOperation>>,
  outcomes: readonly Outcome[],
): XmlNode[] {
  const { name, response } = operation;
  const tree = Object.fromEntries(response.map((field) => [field.name, valueOf(service, field, outcomes)]));
  return inOrder(service, name, response, tree);
}

function valueOf(service: ServiceContract, { name, type }: Field, outcomes: readonly Outcome[]): Value | undefined {
  const [first] = outcomes;
  if (name === 'dataFile') return dataFile(service, recordsIn(outcomes));
  if (type === 'GUID') return first?.sourcedId;
  if (type === 'GUIDSet') return first?.found && { sourcedId: first.found.sourcedIds };
  if (type === 'SequenceIdentifier') return first?.found && savePointText(first.found.savePoint);
  if (type === 'PersonCore') return first?.record?.entity === 'user' ? personCore(first.record) : undefined;
  return first?.record && objectTree(first.record);
}

function recordsIn(outcomes: readonly Outcome[]): DeclaredRecord[] {
  return outcomes.flatMap(({ record, found }) => (record === undefined ? (found?.records ?? []) : [record]));
}
