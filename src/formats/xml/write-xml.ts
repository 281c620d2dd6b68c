import { toXmlCharacters } from './characters.ts';

/** An element to be written. Names and attribute names are ours and are written as they are; values are escaped. */
export interface XmlNode {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | undefined>>;
  readonly content: string | readonly XmlNode[];
}

/** Builds an element; an attribute that is undefined is left out. */
export function element(
  name: string,
  content: string | readonly XmlNode[] = '',
  attributes?: Readonly<Record<string, string | undefined>>,
): XmlNode {
  return attributes === undefined ? { name, content } : { name, content, attributes };
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A whole document, on one line. */
export function writeXml(root: XmlNode): string {
  return declaration + writeElement(root);
}

/** A whole document for people to read: one element a line, indented by two spaces. */
export function writeIndentedXml(root: XmlNode): string {
  return declaration + writeIndented(root, '');
}

/** Escapes character data. What XML 1.0 cannot hold at all (most control characters, lone surrogates) becomes U+FFFD. */
export function escapeXml(value: string): string {
  return /[&<>\r]|[^\t\n -~]/.test(value) ? toXmlCharacters(value).replace(/[&<>\r]/g, reference) : value;
}

function escapeAttribute(value: string): string {
  return toXmlCharacters(value).replace(/[&<>"\t\n\r]/g, reference);
}

function writeElement({ name, attributes, content }: XmlNode): string {
  const start = attributes === undefined ? name : name + writeAttributes(attributes);
  if (content.length === 0) return `<${start}/>`;
  if (typeof content === 'string') return `<${start}>${escapeXml(content)}</${name}>`;
  let inside = '';
  for (const child of content) inside += writeElement(child);
  return `<${start}>${inside}</${name}>`;
}

function writeIndented(node: XmlNode, indent: string): string {
  if (typeof node.content === 'string' || node.content.length === 0) return `${indent}${writeElement(node)}\n`;
  const start = node.attributes === undefined ? node.name : node.name + writeAttributes(node.attributes);
  const inside = node.content.map((child) => writeIndented(child, `${indent}  `)).join('');
  return `${indent}<${start}>\n${inside}${indent}</${node.name}>\n`;
}

function writeAttributes(attributes: Readonly<Record<string, string | undefined>>): string {
  let text = '';
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (value !== undefined) text += ` ${name}="${escapeAttribute(value)}"`;
  }
  return text;
}

function reference(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    default:
      return `&#${character.charCodeAt(0)};`;
  }
}
