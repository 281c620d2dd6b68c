import { element, parseXmlFragments, writeIndentedXml, type XmlNode } from '../../formats/xml/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { isHiddenName, redacted, withoutProofs } from './redacted.ts';

/**
 * An XML message for people to read, without passwords, birth dates, and what addresses prove: written anew from what was parsed, so that nothing
 * can hide in comments or in odd spelling. Throws what parseXmlFragments throws.
 */
export function redactXml(body: Buffer, charset?: string): string {
  // Some senders write several documents into one message.
  const roots = parseXmlFragments(body, undefined, charset);
  return roots.map((root) => writeIndentedXml(rewrite(root, undefined, false))).join('\n');
}

/** @param secret everything below is a secret */
function rewrite(view: ElementView, outerNamespace: string | undefined, secret: boolean): XmlNode {
  const hidden = secret || isHiddenName(view.name) || isTypedSecret(view);
  const attributes: Record<string, string> = {};
  if (view.namespace !== (outerNamespace ?? '')) attributes.xmlns = view.namespace;
  writeAttributes(view, attributes, hidden);
  if (hidden && view.children.length === 0 && view.text.trim() !== '') return element(view.name, redacted, attributes);
  if (view.children.length === 0) return element(view.name, withoutProofs(view.text), attributes);
  const inDemographics = view.name === 'demographics';
  const named = isNamedSecret(view);
  const children = view.children.map((child) =>
    rewrite(child, view.namespace, hidden || (inDemographics && isDate(child)) || (named && !isNaming(child))),
  );
  return element(view.name, children, attributes);
}

/** LIS 2.0 Person: `demographics` holds its dates as `eventDate` and `representation/date`; each may be of birth. */
function isDate({ name }: ElementView): boolean {
  return name === 'eventDate' || name === 'representation' || /date$/i.test(name);
}

/** IMS Enterprise names values by an attribute: `useridtype`, `partnametype`. */
function isTypedSecret({ attributes }: ElementView): boolean {
  return Object.entries(attributes).some(([name, value]) => /(?:name|type)$/i.test(name) && isHiddenName(value));
}

/** LIS 2.0 names many values by a sibling: `fieldName` and `fieldValue`, `instanceName` and `instanceValue`, `userIdType`. */
function isNamedSecret({ children }: ElementView): boolean {
  return children.filter(isNaming).some((child) => {
    const texts = textsOf(child);
    // Beside the language: `en`, `pass`.
    return isHiddenName(texts.join(' ')) || texts.some(isHiddenName);
  });
}

function isNaming({ name }: ElementView): boolean {
  return /(?:Name|Type|Identifier|Vocabulary)$/i.test(name);
}

function textsOf({ text, children }: ElementView): string[] {
  return [text, ...children.flatMap(textsOf)];
}

function writeAttributes({ attributes }: ElementView, into: Record<string, string>, hidden: boolean): void {
  for (const [key, value] of Object.entries(attributes)) {
    const [, namespace, local = key] = /^\{(.*)\}(.*)$/.exec(key) ?? [];
    const shown = hidden || isHiddenName(local) ? redacted : withoutProofs(value);
    if (namespace === undefined) into[local] = shown;
    else into[`${prefixFor(namespace, into)}:${local}`] = shown;
  }
}

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

function prefixFor(namespace: string, attributes: Record<string, string>): string {
  if (namespace === xmlNamespace) return 'xml';
  const known = Object.keys(attributes).find((name) => name.startsWith('xmlns:') && attributes[name] === namespace);
  if (known !== undefined) return known.slice('xmlns:'.length);
  const prefix = `a${Object.keys(attributes).filter((name) => name.startsWith('xmlns:')).length + 1}`;
  attributes[`xmlns:${prefix}`] = namespace;
  return prefix;
}
