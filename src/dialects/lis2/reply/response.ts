import type { DeclaredRecord, Outcome } from '../../../domain/outcome.ts';
import type { XmlNode } from '../../../formats/xml/index.ts';
import { savePointText } from '../../../formats/ims/index.ts';
import { inOrder, type Field, type Tree, type Value } from '../../../formats/wsdl/index.ts';
import { findOperation, services } from '../contract/services.ts';
import type { ServiceContract } from '../contract/service.ts';
import { personCore } from './person-record.ts';
import { recordTree } from './record.ts';

/** What stands in the response of an operation that was done: what its contract says, as far as the outcomes have it. */
export function responseContent(
  { service, operation }: { readonly service: ServiceContract; readonly operation: string },
  outcomes: readonly Outcome[],
): XmlNode[] {
  const fields = findOperation(operation)?.operation.response ?? [];
  const tree: Tree = Object.fromEntries(fields.map((field) => [field.name, valueOf(field, outcomes)]));
  return inOrder(service, operation, fields, tree);
}

function valueOf({ name, type }: Field, outcomes: readonly Outcome[]): Value | undefined {
  const [first] = outcomes;
  if (type === 'SupportedServices') return { serviceName: supportedServices };
  if (type === 'GUID') return first?.sourcedId;
  if (type === 'GUIDSet') return first?.found && { sourcedId: first.found.sourcedIds };
  if (type === 'SequenceIdentifier') return first?.found && savePointText(first.found.savePoint);
  if (type === 'PersonCore') return first?.record?.entity === 'user' ? personCore(first.record) : undefined;
  const records = outcomes.flatMap(({ record, found }) => (record === undefined ? (found?.records ?? []) : [record]));
  if (type.endsWith('RecordSet')) return { [name.replace(/Set$/, '')]: records.map(recordTree) };
  return treeOf(records[0]);
}

/** The services whose operations stand in the transactions of a bulk file. */
const supportedServices = [services.pms, services.gms, services.cms, services.mms].map(({ name }) => name);

function treeOf(record: DeclaredRecord | undefined): Tree | undefined {
  return record && recordTree(record);
}
