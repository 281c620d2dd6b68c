import { SaxesParser, type SaxesTagNS } from 'saxes';
import { GatewayError } from '../../domain/problem.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { decodeXmlBytes } from './decode-bytes.ts';

export interface XmlLimits {
  /** Levels of nesting. Bounded, because resolving a prefix looks through the open elements. */
  readonly maxDepth: number;
  readonly maxElements: number;
  /** Attributes of one element, namespace declarations included. */
  readonly maxAttributes: number;
  /** Characters of a name: names stand in answers and in the log. */
  readonly maxNameLength: number;
}

export const defaultXmlLimits: XmlLimits = {
  maxDepth: 100,
  maxElements: 100_000,
  maxAttributes: 100,
  maxNameLength: 1000,
};

/**
 * Reads a whole XML document into elements. Attributes without a prefix are keyed by their name, others by
 * `{namespace}name`; namespace declarations are left out. Comments and processing instructions are skipped, CDATA is text.
 *
 * Throws GatewayError: `malformed_xml` (with line and column), `forbidden_xml` (DOCTYPE, or over a limit), `bad_encoding`.
 * The caller bounds the bytes. `charset` is what the content type says, if it does.
 */
export function parseXml(bytes: Buffer, limits: XmlLimits = defaultXmlLimits, charset?: string): ElementView {
  const [root] = new TreeBuilder(limits).build(decodeXmlBytes(bytes, charset));
  if (root === undefined) throw new Error('saxes accepted a document without a root element');
  return root;
}

/**
 * As parseXml, for senders that write several documents into one message, or the elements of one without a root around
 * them: all the outermost elements, in order; none for a message of blanks. XML declarations are passed over wherever they
 * stand, and so is a DOCTYPE that only names a DTD: nothing is ever loaded. One with declarations of its own is refused.
 */
export function parseXmlFragments(
  bytes: Buffer,
  limits: XmlLimits = defaultXmlLimits,
  charset?: string,
): readonly ElementView[] {
  const text = decodeXmlBytes(bytes, charset).replace(prologs, (prolog) => prolog.replace(/[^\n]/g, ' '));
  return new TreeBuilder(limits, { fragment: true }).build(text);
}

/** `<?xml version="1.0"?>` and `<!DOCTYPE enterprise SYSTEM "...">`; blanks in their place keep lines and columns. */
const prologs =
  /<\?xml\s[^<>?]*\?>|<!DOCTYPE\s+[\w.:-]+(?:\s+SYSTEM\s+(?:"[^"]*"|'[^']*')|\s+PUBLIC\s+(?:"[^"]*"|'[^']*')(?:\s+(?:"[^"]*"|'[^']*'))?)?\s*>/g;

const noAttributes: Readonly<Record<string, string>> = Object.freeze({});
const noChildren: ElementView[] = [];
Object.freeze(noChildren);

class Element implements ElementView {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string>>;
  children: ElementView[] = noChildren;
  text = '';

  constructor(name: string, namespace: string, attributes: Readonly<Record<string, string>>) {
    this.name = name;
    this.namespace = namespace;
    this.attributes = attributes;
  }
}

/** Lives for one document. */
class TreeBuilder {
  readonly #limits: XmlLimits;
  readonly #parser: SaxesParser<{ xmlns: true }>;
  readonly #open: Element[] = [];
  #current: Element | undefined;
  readonly #roots: Element[] = [];
  #elements = 0;
  #attributes = 0;

  /** @param fragment several outermost elements are taken */
  constructor(limits: XmlLimits, { fragment = false } = {}) {
    this.#limits = limits;
    this.#parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true, fragment });
    const addText = (text: string): void => {
      if (this.#current !== undefined) this.#current.text += text;
      // Of a document, the parser itself refuses it.
      else if (fragment && text.trim() !== '') this.#parser.fail('text outside of any element.');
    };
    this.#parser.on('text', addText);
    this.#parser.on('cdata', addText);
    this.#parser.on('attribute', () => {
      this.#countAttribute();
    });
    this.#parser.on('opentag', (tag) => {
      this.#openElement(tag);
    });
    this.#parser.on('closetag', () => {
      this.#current = this.#open.pop();
    });
    // A DTD is refused by its first word: SOAP 1.1 section 3 and SOAP 1.2 part 1 section 5 forbid it, and no entity is ever expanded.
    this.#parser.on('doctype', () => {
      this.#refuse('a DOCTYPE is not allowed');
    });
  }

  build(text: string): readonly Element[] {
    try {
      this.#parser.write(text).close();
    } catch (error) {
      throw error instanceof Error ? (malformed(error) ?? error) : error;
    }
    return this.#roots;
  }

  #openElement(tag: SaxesTagNS): void {
    if (++this.#elements > this.#limits.maxElements) this.#refuse(`more than ${this.#limits.maxElements} elements`);
    if (this.#open.length >= this.#limits.maxDepth)
      this.#refuse(`elements nested more than ${this.#limits.maxDepth} deep`);
    if (tag.name.length > this.#limits.maxNameLength)
      this.#refuse(`a name longer than ${this.#limits.maxNameLength} characters`);
    const element = new Element(tag.local, tag.uri, this.#attributes === 0 ? noAttributes : attributesOf(tag));
    this.#attributes = 0;
    const parent = this.#current;
    if (parent === undefined) {
      this.#roots.push(element);
    } else {
      if (parent.children === noChildren) parent.children = [];
      parent.children.push(element);
      this.#open.push(parent);
    }
    this.#current = element;
  }

  #countAttribute(): void {
    if (++this.#attributes > this.#limits.maxAttributes)
      this.#refuse(`more than ${this.#limits.maxAttributes} attributes on one element`);
  }

  #refuse(what: string): never {
    throw new GatewayError(
      'forbidden_xml',
      `The XML is refused at line ${this.#parser.line}, column ${this.#parser.column}: ${what}.`,
    );
  }
}

const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

function attributesOf(tag: SaxesTagNS): Readonly<Record<string, string>> {
  let found: Record<string, string> | undefined;
  for (const key in tag.attributes) {
    const attribute = tag.attributes[key];
    if (attribute === undefined || attribute.uri === xmlnsNamespace) continue;
    found ??= Object.create(null) as Record<string, string>;
    found[attribute.uri === '' ? attribute.local : `{${attribute.uri}}${attribute.local}`] = attribute.value;
  }
  return found ?? noAttributes;
}

/** saxes throws an Error that says `line:column: what is wrong.`; any other error is not about the document. */
function malformed(error: Error): GatewayError | undefined {
  const said = /^(\d+:\d+): (.*)$/s.exec(error.message);
  if (said?.[1] === undefined || said[2] === undefined) return undefined;
  const [line, column] = said[1].split(':');
  const reason = said[2].slice(0, 200).replace(/\.$/, '');
  if (reason.startsWith('inappropriately located doctype'))
    return new GatewayError(
      'forbidden_xml',
      `The XML is refused at line ${line}, column ${column}: a DOCTYPE is not allowed here.`,
      { cause: error },
    );
  return new GatewayError(
    'malformed_xml',
    `The message is not well-formed XML at line ${line}, column ${column}: ${reason}.`,
    { cause: error },
  );
}
