import { BuiltElement, type RecordBuilder } from './record-builder.ts';
import type { RecordLimits } from './record-shape.ts';

/** A place in a text: where it is, and which line and column that is of the file, counted from 1. */
export interface Place {
  readonly at: number;
  readonly line: number;
  readonly column: number;
}

interface Tag {
  readonly name: string;
  readonly kind: 'open' | 'close' | 'empty';
  readonly attributes: Readonly<Record<string, string>>;
}

/** What is open, closed or said, in order: an element, null, or text. */
type Event = BuiltElement | string | null;

const mostTags = 1_000;
const longestTag = 500;

/**
 * Reads whole records of the plainest XML several times as fast as the parser does: elements without prefixes and namespaces
 * of their own, attributes in double quotes, text. Whatever else there is in a record, and whatever may be wrong with it, is
 * left to the parser. Lives for one document.
 */
export class PlainRecords {
  readonly #builder: RecordBuilder;
  readonly #limits: RecordLimits;
  readonly #namespace: string;
  /** Tags as they stand there, without their brackets: files repeat a few of them again and again. */
  readonly #tags = new Map<string, Tag>();
  readonly #events: Event[] = [];
  readonly #open: string[] = [];

  constructor(builder: RecordBuilder, limits: RecordLimits, namespace: string) {
    this.#builder = builder;
    this.#limits = limits;
    this.#namespace = namespace;
  }

  /** Reads as many records as are whole and plain, from between two records on. @returns the place behind the last one */
  read(text: string, from: Place): Place {
    let behind = from;
    for (;;) {
      const next = this.#record(text, behind);
      if (next === undefined) return behind;
      for (const event of this.#events) {
        if (event === null) this.#builder.close();
        else if (typeof event === 'string') this.#builder.text(event);
        else this.#builder.open(event);
      }
      behind = next;
    }
  }

  /** Collects what happens in the next record. @returns the place behind it; undefined: it is not for us */
  #record(text: string, from: Place): Place | undefined {
    const [events, open] = [this.#events, this.#open];
    events.length = 0;
    open.length = 0;
    let { at, line } = from;
    // Where the line would begin, if the file had nothing but this text.
    let lineStart = at - from.column + 1;
    let elements = 0;
    for (;;) {
      const begin = text.indexOf('<', at);
      const end = text.indexOf('>', begin);
      if (begin < 0 || end < 0) return undefined;
      if (begin > at) {
        const said = meant(text.slice(at, begin));
        if (said === undefined) return undefined;
        for (let feed = said.indexOf('\n'); feed >= 0; feed = said.indexOf('\n', feed + 1)) line += 1;
        if (said.includes('\n')) lineStart = text.lastIndexOf('\n', begin) + 1;
        if (open.length > 0) events.push(said);
      }
      const tag = this.#tag(text.slice(begin + 1, end));
      if (tag === undefined) return undefined;
      at = end + 1;
      if (tag.kind === 'close') {
        if (open.pop() !== tag.name) return undefined;
        events.push(null);
      } else {
        // The parser sees the first record of each name, and whatever may be too much.
        if (open.length === 0 && !this.#builder.hasMet(tag.name)) return undefined;
        if (++elements >= this.#limits.maxElements || open.length + 2 >= this.#limits.maxDepth) return undefined;
        events.push(new BuiltElement(tag.name, this.#namespace, tag.attributes, line, begin - lineStart + 1));
        if (tag.kind === 'empty') events.push(null);
        else open.push(tag.name);
      }
      if (open.length === 0) return { at, line, column: at - lineStart + 1 };
    }
  }

  #tag(source: string): Tag | undefined {
    const known = this.#tags.get(source);
    if (known !== undefined || source.length > Math.min(longestTag, this.#limits.maxNameLength)) return known;
    // A copy: what is cut out of a text keeps all of it in memory.
    const own = Buffer.from(source).toString();
    const tag = parsedTag(own);
    if (tag !== undefined && this.#tags.size < mostTags) this.#tags.set(own, tag);
    return tag;
  }
}

/**
 * Where a piece ends that is given to the parser: behind the record that it is in, or comes to, since a plain one may follow.
 * What looks like the end of that record and is none does no harm.
 */
export function pieceEnd(text: string, from: number, builder: RecordBuilder): number {
  const next = builder.isBetween ? nextRecord(text, from) : { name: builder.openRecord };
  if (next.end !== undefined) return next.end;
  const endTag = `</${next.name ?? ''}>`;
  const end = text.indexOf(endTag, from);
  return end < 0 ? text.length : end + endTag.length;
}

/** The name of the record that begins here, and where it ends, if it is an empty one. */
function nextRecord(text: string, from: number): { name?: string | undefined; end?: number } {
  startTag.lastIndex = from;
  const [, name, slash] = startTag.exec(text) ?? [];
  return slash === '/' ? { end: startTag.lastIndex } : { name };
}

const startTag = /\s*<([A-Za-z_][\w.-]*)[^<>]*?(\/?)>/y;

/** Text as it is meant; undefined: the parser is to read it. */
function meant(raw: string): string | undefined {
  if (!unusual.test(raw)) return raw;
  if (forbidden.test(raw)) return undefined;
  const text = raw.replaceAll('\r\n', '\n');
  return text.includes('&') ? text.replace(reference, (_, name: string) => references[name] ?? '') : text;
}

/** Text with any of these is looked at more closely. */
const unusual = /[&\]\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

/** What only the parser reads: unknown references, lone carriage returns, what may be `]]>`, what is no character of XML, what counts twice. */
const forbidden =
  /&(?!(?:amp|lt|gt|quot|apos);)|\r(?!\n)|[\]\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

const reference = /&(amp|lt|gt|quot|apos);/g;
const references: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const closing = /^\/([A-Za-z_][\w.-]*)$/;
const opening = /^([A-Za-z_][\w.-]*)((?: [A-Za-z_][\w.-]*="[ !#-%'-;=-~]*")*) ?(\/?)$/;
const attribute = / ([A-Za-z_][\w.-]*)="([^"]*)"/g;

/** A tag without its brackets; undefined: one that only the parser reads. */
function parsedTag(source: string): Tag | undefined {
  const closed = closing.exec(source)?.[1];
  if (closed !== undefined) return { name: closed, kind: 'close', attributes: noAttributes };
  const [, name, list = '', slash] = opening.exec(source) ?? [];
  if (name === undefined) return undefined;
  const attributes = Object.create(null) as Record<string, string>;
  for (const [, key = '', value = ''] of list.matchAll(attribute)) {
    if (key === 'xmlns' || key in attributes) return undefined;
    attributes[key] = value;
  }
  return { name, kind: slash === '/' ? 'empty' : 'open', attributes: list === '' ? noAttributes : attributes };
}

const noAttributes: Readonly<Record<string, string>> = Object.freeze({});
