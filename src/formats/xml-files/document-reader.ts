import { SaxesParser, type SaxesStartTagNS, type SaxesTagNS } from 'saxes';
import { malformed, mismatch, reasonOf, textOutside } from './parser-reasons.ts';
import { pieceEnd, PlainRecords } from './plain-records.ts';
import { BuiltElement, RecordBuilder } from './record-builder.ts';
import type { RecordLimits, RecordShape, XmlFault, XmlRecord } from './record-shape.ts';
import type { DecodedText } from './text-stream.ts';

/** A document has ended, and another one may begin: thrown through the parser, which reads on otherwise. */
const documentEnd = new Error('the document has ended');

/** Ends the file. */
class Refused extends Error {
  readonly code: XmlFault['code'];

  constructor(code: XmlFault['code'], message: string) {
    super(message);
    this.code = code;
  }
}

type Parser = SaxesParser<{ xmlns: true }>;

/** Text to records: a document, or several one behind the other, each by a parser of its own. Lives for one file. */
export class DocumentReader {
  readonly #shape: RecordShape;
  readonly #limits: RecordLimits;
  readonly #builder: RecordBuilder;
  #parser: Parser | undefined;
  #plain: PlainRecords | undefined;
  #attributes = 0;
  #isBegun = false;
  #isEnded = false;
  /** Where the parser's document begins in the file. */
  #base = { line: 1, column: 1 };
  /** Of the parser's text: what it was given, and where the last record ended. */
  #fed = 0;
  #mark = 0;
  #recordEnd = 0;
  /** What the parser reads, and the end of what it read before. */
  #text = '';
  #before = '';
  /** Where the element begins that is being read. */
  #startLine = 1;
  #startColumn = 1;
  /** Where the document begins, or ended. */
  #outside = { line: 1, column: 1 };

  constructor(shape: RecordShape, limits: RecordLimits) {
    this.#shape = shape;
    this.#limits = limits;
    this.#builder = new RecordBuilder(shape, limits, (what) => this.#refuse(what));
  }

  take(): XmlRecord[] {
    return this.#builder.take();
  }

  /** Reads some more text; a fault ends the file. */
  read({ text, fault }: DecodedText, last: boolean): XmlFault | undefined {
    try {
      this.#write(text);
      if (fault !== undefined) throw new Refused('bad_encoding', fault);
      if (last) this.#end();
      return undefined;
    } catch (error) {
      const isForeign = error instanceof Refused && error.code === 'unknown_file';
      const { line, column } = isForeign ? { line: this.#startLine, column: this.#startColumn } : this.#place();
      if (error instanceof Refused) return { code: error.code, message: error.message, line, column };
      const reason = error instanceof Error ? reasonOf(error) : undefined;
      if (reason === undefined) throw error;
      // The parser had closed the element all the same.
      if (reason === mismatch && this.#parser?.position === this.#recordEnd) this.#builder.dropLast();
      // The parser tells text between documents where its piece of text ends, wherever that is.
      return { ...malformed(reason), ...(reason === textOutside ? this.#outside : { line, column }) };
    }
  }

  #write(text: string): void {
    let rest = text;
    while (rest !== '') {
      if (this.#parser === undefined) {
        rest = this.#skipBlanks(rest);
        if (rest === '') return;
        this.#begin(rest);
      }
      rest = this.#parse(rest);
    }
  }

  /** Reads a piece. @returns what stands behind it, or behind the document, where it ended */
  #parse(text: string): string {
    const parser = this.#parser;
    if (parser === undefined) return text;
    const from = this.#readPlain(parser, text);
    if (from === text.length) return '';
    const end = this.#plain === undefined ? text.length : pieceEnd(text, from, this.#builder);
    const piece = text.slice(from, end);
    this.#text = piece;
    try {
      parser.write(piece);
      this.#fed += piece.length;
      this.#before = (this.#before + piece).slice(-this.#limits.maxNameLength * 2);
      if (this.#fed - this.#mark > this.#limits.maxChars)
        this.#refuse(`more than ${this.#limits.maxChars} characters without the end of a record`);
      return text.slice(end);
    } catch (error) {
      if (error !== documentEnd) throw error;
      const rest = text.slice(from + parser.position - this.#fed);
      this.#base = this.#place();
      this.#parser = undefined;
      this.#before = '';
      return rest;
    }
  }

  /** Reads without the parser what needs none, from where a record ended. @returns where the parser goes on */
  #readPlain(parser: Parser, text: string): number {
    const isBetween = this.#builder.isBetween && this.#fed === this.#mark;
    if (this.#plain === undefined || !isBetween) return 0;
    const from = { at: 0, ...this.#place() };
    const { at, line, column } = this.#plain.read(text, from);
    parser.column = line === from.line ? parser.column + at : column - 1;
    parser.line += line - from.line;
    return at;
  }

  #begin(text: string): void {
    // A file of something else is told at once, and not as XML that is broken.
    if (!this.#isBegun && !text.startsWith('<'))
      throw new Refused('unknown_file', 'It does not begin as XML does, with "<".');
    this.#outside = this.#base;
    [this.#isBegun, this.#fed, this.#mark, this.#recordEnd] = [true, 0, 0, 0];
    const parser: Parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
    const addText = (some: string): void => {
      this.#builder.text(some);
    };
    parser.on('text', addText);
    parser.on('cdata', addText);
    parser.on('attribute', () => {
      if (++this.#attributes > this.#limits.maxAttributes)
        this.#refuse(`more than ${this.#limits.maxAttributes} attributes on one element`);
    });
    parser.on('opentagstart', (tag) => {
      this.#startTag(parser, tag);
    });
    parser.on('opentag', (tag) => {
      this.#openTag(parser, tag);
    });
    parser.on('closetag', (tag) => {
      const ended = this.#builder.close();
      if (ended === undefined) return;
      this.#mark = parser.position;
      this.#recordEnd = ended === 'record' ? this.#mark : 0;
      if (!this.#builder.isOutside) return;
      [this.#isEnded, this.#outside] = [true, this.#place()];
      // The parser compares the names only afterwards.
      if (this.#isLoose && (tag.isSelfClosing || this.#endsWith(parser, tag.name))) throw documentEnd;
    });
    parser.on('doctype', (declared) => {
      if (!this.#isLoose || !plainDoctype.test(declared)) this.#refuse('a DOCTYPE is not allowed here');
    });
    this.#parser = parser;
  }

  /** The parser has read the name and the character behind it, which may be a line end. */
  #startTag(parser: Parser, { name }: SaxesStartTagNS): void {
    if (name.length > this.#limits.maxNameLength)
      this.#refuse(`a name longer than ${this.#limits.maxNameLength} characters`);
    this.#attributes = 0;
    const { line, column } = this.#base;
    const isFirstLine = parser.line === 1;
    const behind = (isFirstLine ? column - 1 : 0) + parser.column;
    const isNextLine = parser.column === 0;
    this.#startLine = line + parser.line - 1 - (isNextLine ? 1 : 0);
    this.#startColumn = Math.max(1, behind - name.length - 1);
  }

  #openTag(parser: Parser, { local, uri, prefix, attributes }: SaxesTagNS): void {
    const { isOutside } = this.#builder;
    if (isOutside && !this.#shape.isRoot(local) && this.#shape.isLooseRecord?.(local) !== true)
      throw new Refused('unknown_file', `Its outermost element is ${JSON.stringify(local.slice(0, 100))}.`);
    const plain = this.#attributes === 0 ? noAttributes : plainAttributes(attributes);
    this.#builder.open(new BuiltElement(local, uri, plain, this.#startLine, this.#startColumn));
    if (!isOutside) return;
    this.#mark = parser.position;
    const isRoot = this.#builder.isBetween && prefix === '';
    this.#plain = isRoot ? new PlainRecords(this.#builder, this.#limits, uri) : undefined;
  }

  #end(): void {
    if (this.#parser !== undefined) this.#parser.close();
    else if (!this.#isEnded) throw new Refused('malformed_xml', 'The file is empty. Send the file with its contents.');
  }

  /** Does what was read by now end with the end tag of this name? */
  #endsWith(parser: Parser, name: string): boolean {
    const read = this.#before + this.#text.slice(0, parser.position - this.#fed);
    return read.slice(read.lastIndexOf('</') + 2, -1).trimEnd() === name;
  }

  /** Blanks, and byte order marks of files that were put together. */
  #skipBlanks(text: string): string {
    const blanks = /^[\s\ufeff]*/.exec(text)?.[0] ?? '';
    const lines = blanks.split('\n');
    const lastLine = lines.at(-1) ?? '';
    const { line, column } = this.#base;
    this.#base =
      lines.length === 1
        ? { line, column: column + lastLine.length }
        : { line: line + lines.length - 1, column: lastLine.length + 1 };
    return text.slice(blanks.length);
  }

  /** Where the parser is, in the file; columns in characters. */
  #place(): { line: number; column: number } {
    const { line, column } = this.#base;
    const parser = this.#parser;
    if (parser === undefined) return { line, column };
    return parser.line === 1
      ? { line, column: column + parser.column }
      : { line: line + parser.line - 1, column: parser.column + 1 };
  }

  /** May several documents follow each other? */
  get #isLoose(): boolean {
    return this.#shape.isLooseRecord !== undefined;
  }

  #refuse(what: string): never {
    throw new Refused('forbidden_xml', `The XML is refused from here on: ${what}. What stands before was read.`);
  }
}

/** One that only names a DTD, which is never loaded. */
const plainDoctype =
  /^\s+[\w.:-]+(?:\s+SYSTEM\s+(?:"[^"]*"|'[^']*')|\s+PUBLIC\s+(?:"[^"]*"|'[^']*')(?:\s+(?:"[^"]*"|'[^']*'))?)?\s*$/;

const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';
const noAttributes: Readonly<Record<string, string>> = Object.freeze({});

function plainAttributes(attributes: SaxesTagNS['attributes']): Readonly<Record<string, string>> {
  let found: Record<string, string> | undefined;
  for (const key in attributes) {
    const attribute = attributes[key];
    if (attribute === undefined || attribute.uri === xmlnsNamespace) continue;
    const { uri, local, value } = attribute;
    found ??= Object.create(null) as Record<string, string>;
    found[uri === '' ? local : `{${uri}}${local}`] = value;
  }
  return found ?? noAttributes;
}
