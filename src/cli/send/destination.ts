import { es1Services } from '../../dialects/ims-es1/index.ts';
import { imsEnterprise } from '../../dialects/ims-enterprise/index.ts';
import { lisRecordNames, lis2Record, services as lisServices } from '../../dialects/lis2/index.ts';
import { findSaipOperation, saipServices } from '../../dialects/saip/index.ts';
import { soapVersions } from '../../formats/soap/index.ts';
import { operationName } from '../../formats/wsdl/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { pathOf } from '../demo/paths.ts';

/** Where a document goes at a gateway of ours, and what a sender has to say with it. */
export interface Destination {
  /** undefined where the document does not tell. */
  readonly path: string | undefined;
  readonly contentType: string;
  readonly soapAction?: string;
}

/** Tells the dialect of a document by its outermost elements: several, where it is made of fragments. */
export function destinationOf(roots: readonly ElementView[]): Destination {
  const [root] = roots;
  if (root === undefined) return { path: undefined, contentType: soapVersions['1.1'].contentType };
  if (root.name === 'Envelope') return ofEnvelope(root);
  // The encoding is that of the file's own declaration.
  const xml = 'application/xml';
  if (lisRecordNames.has(root.name)) return { path: lis2Record().path, contentType: xml };
  if (isSnapshot(root)) return { path: `/saip/${snapshotService(root)}`, contentType: xml };
  if (['enterprise', 'person', 'group', 'membership'].includes(root.name))
    return { path: imsEnterprise().path, contentType: xml };
  return { ...ofBody(root), contentType: xml };
}

function ofEnvelope(envelope: ElementView): Destination {
  const version = envelope.namespace === soapVersions['1.2'].namespace ? '1.2' : '1.1';
  const body = envelope.children.find(({ name }) => name === 'Body')?.children[0];
  const { contentType } = soapVersions[version];
  return body === undefined ? { path: undefined, contentType } : { ...ofBody(body), contentType };
}

/** By the namespace of the body; senders leave it out, or have another: then by the operation, of LIS 2.0. */
function ofBody({ name, namespace }: ElementView): Pick<Destination, 'path' | 'soapAction'> {
  const operation = operationName(name);
  const saip = Object.values(saipServices).find((each) => each.namespace === namespace);
  if (saip !== undefined) return { path: `/saip/${saip.code}`, soapAction: operation };
  const es1 = Object.values(es1Services).find(({ messages }) => messages.namespace === namespace);
  if (es1 !== undefined)
    return { path: `/es1/${es1.code}`, soapAction: `${es1.managers[0].soapAction ?? ''}${operation}` };
  const lis = Object.values(lisServices).find((each) => each.namespace === namespace);
  if (lis?.code === 'bdems') return { path: '/lis/bdems', soapAction: lis.soapAction + operation };
  return { path: lisPathOf(operation), ...(lis === undefined ? {} : { soapAction: lis.soapAction + operation }) };
}

function lisPathOf(operation: string): string | undefined {
  try {
    return pathOf(operation);
  } catch {
    return undefined;
  }
}

/** IMS Enterprise has the same root, and writes `sourcedid`. */
function isSnapshot({ name, children }: ElementView): boolean {
  return name === 'enterprise' && children.some((record) => record.children.some((each) => each.name === 'sourcedId'));
}

function snapshotService({ children }: ElementView): string {
  const [first] = children;
  return findSaipOperation(`replace${capitalised(first?.name ?? '')}`)?.service.code ?? 'cms';
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
