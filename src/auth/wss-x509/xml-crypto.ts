import { createRequire } from 'node:module';

/*
 * What is used of xml-crypto and xmldom. Their own types bring the globals of browsers into every file of the program (fetch,
 * Event and others, that differ from Node's), so they are described here and loaded past the compiler.
 */

/** A node of the DOM, as far as it is read here. */
export interface DomNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly localName: string | null;
  readonly namespaceURI: string | null;
  readonly nodeValue: string | null;
  readonly firstChild: DomNode | null;
  readonly nextSibling: DomNode | null;
  readonly parentNode: DomNode | null;
  readonly attributes?: { readonly length: number; item(index: number): DomNode | null };
}

/** A namespace declaration that is in scope around an element. */
interface AncestorNamespace {
  readonly prefix: string;
  readonly namespaceURI: string;
}

type Canonicalization = {
  /** Reads the prefix list of a CanonicalizationMethod by itself. */
  process(
    element: DomNode,
    options: { inclusiveNamespacesPrefixList?: readonly string[]; ancestorNamespaces: readonly AncestorNamespace[] },
  ): string;
};

type ErrorHandler = Record<'warning' | 'error' | 'fatalError', (reason: unknown) => never>;

type XmlDom = {
  readonly DOMParser: new (options: { errorHandler: ErrorHandler }) => {
    parseFromString(xml: string, type: 'text/xml'): { readonly documentElement: DomNode };
  };
};

const require = createRequire(import.meta.url);

/** Exclusive XML Canonicalization 1.0 without comments. */
const { ExclusiveCanonicalization } = require('xml-crypto') as {
  readonly ExclusiveCanonicalization: new () => Canonicalization;
};
const { DOMParser } = require('@xmldom/xmldom') as XmlDom;

const ELEMENT = 1;
export const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

export function childrenOf(node: DomNode): DomNode[] {
  const children: DomNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

export function attributesOf({ attributes }: DomNode): DomNode[] {
  return Array.from({ length: attributes?.length ?? 0 }, (_, index) => attributes?.item(index)).flatMap(
    (attribute) => attribute ?? [],
  );
}

export function isElement({ nodeType }: DomNode): boolean {
  return nodeType === ELEMENT;
}

/** Throws for whatever is not well-formed, warnings included. */
export function parseDom(xml: string): DomNode {
  const refuse = (reason: unknown): never => {
    throw new Error(String(reason));
  };
  const parser = new DOMParser({ errorHandler: { warning: refuse, error: refuse, fatalError: refuse } });
  return parser.parseFromString(xml, 'text/xml').documentElement;
}

/** The exclusive canonical form of an element, where it stands. */
export function canonicalise(node: DomNode, inclusiveNamespacesPrefixList: readonly string[]): string {
  return new ExclusiveCanonicalization().process(node, {
    inclusiveNamespacesPrefixList,
    ancestorNamespaces: namespacesAround(node),
  });
}

/** The declarations in scope around an element, the nearest of each prefix. */
function namespacesAround({ parentNode }: DomNode): AncestorNamespace[] {
  const found = new Map<string, AncestorNamespace>();
  for (let node = parentNode; node !== null; node = node.parentNode) {
    for (const { namespaceURI, localName, nodeName, nodeValue } of attributesOf(node)) {
      const prefix = localName ?? nodeName;
      if (namespaceURI !== xmlnsNamespace || nodeName === 'xmlns' || found.has(prefix)) continue;
      found.set(prefix, { prefix, namespaceURI: nodeValue ?? '' });
    }
  }
  return [...found.values()];
}
