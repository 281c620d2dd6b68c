import type { ElementView } from '../../pipeline/ports.ts';
import { attributesOf, childrenOf, type DomNode, isElement, xmlnsNamespace } from './xml-crypto.ts';

const [TEXT, CDATA] = [3, 4];

/** True when a DOM element and what is below it say the same as an element of the door: names, attributes, texts. */
export function sameTree(view: ElementView, node: DomNode): boolean {
  if (view.name !== localNameOf(node) || view.namespace !== (node.namespaceURI ?? '')) return false;
  if (!sameAttributes(view, node)) return false;
  const children = childrenOf(node);
  const texts = children.filter(({ nodeType }) => nodeType === TEXT || nodeType === CDATA);
  if (texts.map(({ nodeValue }) => nodeValue ?? '').join('') !== view.text) return false;
  const elements = children.filter(isElement);
  if (elements.length !== view.children.length) return false;
  return view.children.every((child, index) => {
    const element = elements[index];
    return element !== undefined && sameTree(child, element);
  });
}

function sameAttributes({ attributes }: ElementView, node: DomNode): boolean {
  const said = attributesOf(node).filter(({ namespaceURI }) => namespaceURI !== xmlnsNamespace);
  if (said.length !== Object.keys(attributes).length) return false;
  return said.every((attribute) => {
    const local = localNameOf(attribute);
    return attributes[attribute.namespaceURI ? `{${attribute.namespaceURI}}${local}` : local] === attribute.nodeValue;
  });
}

function localNameOf({ localName, nodeName }: DomNode): string {
  return localName ?? nodeName;
}

/** True when two elements of the door say the same. */
export function sameElement(a: ElementView, b: ElementView): boolean {
  if (a.name !== b.name || a.namespace !== b.namespace || a.text !== b.text) return false;
  const keys = Object.keys(a.attributes);
  if (keys.length !== Object.keys(b.attributes).length) return false;
  if (keys.some((key) => a.attributes[key] !== b.attributes[key])) return false;
  if (a.children.length !== b.children.length) return false;
  return a.children.every((child, index) => {
    const other = b.children[index];
    return other !== undefined && sameElement(child, other);
  });
}

/** The positions, level by level, at which an element stands below another; undefined when it does not. */
export function pathTo(root: ElementView, wanted: ElementView): number[] | undefined {
  if (root === wanted) return [];
  for (const [index, child] of root.children.entries()) {
    const path = pathTo(child, wanted);
    if (path !== undefined) return [index, ...path];
  }
  return undefined;
}

/** The elements that bear an id, under whatever attribute could be taken for one; two with the same id are told. */
export function elementsById(root: ElementView): Map<string, ElementView[]> {
  const found = new Map<string, ElementView[]>();
  const visit = (element: ElementView): void => {
    const ids = new Set(
      Object.entries(element.attributes).flatMap(([key, value]) => (idAttribute.test(key) ? [value.trim()] : [])),
    );
    for (const id of ids) {
      const others = found.get(id);
      if (others === undefined) found.set(id, [element]);
      else others.push(element);
    }
    element.children.forEach(visit);
  };
  visit(root);
  return found;
}

/** wsu:Id, xml:id, Id, ID, id, AssertionID; in any namespace, since verifiers differ in what they take for an id. */
const idAttribute = /(?:^|\})(?:assertion)?id$/i;

export function countElements({ children }: ElementView): number {
  return children.reduce((count, child) => count + countElements(child), 1);
}
