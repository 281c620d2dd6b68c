import type { DeclaredRecord, Outcome } from '../../../domain/outcome.ts';
import { inOrder, type Tree } from '../../../formats/wsdl/index.ts';
import type { XmlNode } from '../../../formats/xml/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { findOperation } from '../contract/services.ts';
import type { ServiceContract } from '../contract/service.ts';
import { objectTree } from './objects.ts';

/** What stands in the response of an operation: what its contract says, as far as the outcomes have it. */
export function responseContent(service: ServiceContract, body: ElementView, outcomes: readonly Outcome[]): XmlNode[] {
  const operation = findOperation(body.name)?.operation;
  const records = outcomes.flatMap(({ record, found }) => (record === undefined ? (found?.records ?? []) : [record]));
  const said = outcomes.some(({ record, found }) => record !== undefined || found !== undefined);
  if (operation === undefined || !said) return [];
  const total = outcomes[0]?.found?.total ?? records.length;
  const tree: Tree = Object.fromEntries(
    operation.response.map(({ name, type }): [string, Tree[string]] => {
      if (name === 'virtualCount') return [name, String(total)];
      return [name, type === 'IdPairSet' ? pairs(name, records) : treeOf(records[0])];
    }),
  );
  return inOrder(service.messages, operation.name, operation.response, tree);
}

function pairs(set: string, records: readonly DeclaredRecord[]): Tree {
  const pair = set.replace(/I[dD]PairSet$/, 'IdPair');
  const object = set.replace(/I[dD]PairSet$/, '');
  return {
    [pair]: records.map((record) => ({ sourcedId: { identifier: record.sourcedId }, [object]: treeOf(record) })),
  };
}

function treeOf(record: DeclaredRecord | undefined): Tree | undefined {
  return record && objectTree(record);
}
