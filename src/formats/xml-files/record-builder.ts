import type { ElementView } from '../../pipeline/ports.ts';
import type { PlacedElement, RecordLimits, RecordShape, XmlRecord } from './record-shape.ts';

/** An element while it is built. */
export class BuiltElement implements PlacedElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly line: number;
  readonly column: number;
  children: ElementView[] = noChildren;
  text = '';

  constructor(
    name: string,
    namespace: string,
    attributes: Readonly<Record<string, string>>,
    line: number,
    column: number,
  ) {
    this.name = name;
    this.namespace = namespace;
    this.attributes = attributes;
    this.line = line;
    this.column = column;
  }

  add(child: ElementView): void {
    if (this.children === noChildren) this.children = [child];
    else this.children.push(child);
  }
}

/** Most elements have none. */
const noChildren: ElementView[] = [];
Object.freeze(noChildren);

/**
 * Makes records of elements that open and close; of what is outside of records it keeps the path alone. What it throws by
 * `refuse` ends the file.
 */
export class RecordBuilder {
  readonly #shape: RecordShape;
  readonly #limits: RecordLimits;
  readonly #refuse: (what: string) => never;
  /** What is open of the record; empty between records. */
  #open: BuiltElement[] = [];
  /** The innermost of them. */
  #current: BuiltElement | undefined;
  /** The outermost element, where it is none itself a record. */
  #root: { readonly at: string; readonly counts: Map<string, number> } | undefined;
  readonly #outermost = new Map<string, number>();
  #elements = 0;
  #listFrom = 0;
  #listed = 0;
  #at = '';
  #found: XmlRecord[] = [];

  constructor(shape: RecordShape, limits: RecordLimits, refuse: (what: string) => never) {
    this.#shape = shape;
    this.#limits = limits;
    this.#refuse = refuse;
  }

  /** Is nothing open at all? */
  get isOutside(): boolean {
    return this.#open.length === 0 && this.#root === undefined;
  }

  /** Is the outermost element open, and nothing in it? */
  get isBetween(): boolean {
    return this.#open.length === 0 && this.#root !== undefined;
  }

  /** The record that is open. */
  get openRecord(): string | undefined {
    return this.#open[0]?.name;
  }

  /** Was there a record of this name in the outermost element? */
  hasMet(name: string): boolean {
    return this.#root?.counts.has(name) === true;
  }

  /** The records since the last time. */
  take(): XmlRecord[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** Forgets the last record: it was closed by the end of another element. */
  dropLast(): void {
    this.#found.pop();
  }

  open(element: BuiltElement): void {
    if (this.#open.length + 1 >= this.#limits.maxDepth)
      this.#refuse(`elements nested more than ${this.#limits.maxDepth} deep`);
    const parent = this.#current;
    if (parent !== undefined) {
      if (++this.#elements > this.#limits.maxElements)
        this.#refuse(`a record of more than ${this.#limits.maxElements} elements`);
      parent.add(element);
      this.#open.push(element);
      this.#current = element;
    } else if (this.#root === undefined && this.#shape.isRoot(element.name)) {
      const number = this.#count(this.#outermost, element.name);
      this.#root = { at: `/${element.name}${number === 1 ? '' : `[${number}]`}`, counts: new Map() };
    } else this.#begin(element);
  }

  #begin(element: BuiltElement): void {
    const { at, counts } = this.#root ?? { at: '', counts: this.#outermost };
    this.#at = `${at}/${element.name}[${this.#count(counts, element.name)}]`;
    this.#open = [element];
    this.#current = element;
    [this.#elements, this.#listFrom, this.#listed] = [1, 0, 0];
  }

  text(text: string): void {
    const current = this.#current;
    if (current !== undefined) current.text = current.text === '' ? text : current.text + text;
  }

  /** @returns what ended: a record, or a part of one; the outermost element; undefined: what lies deeper. */
  close(): 'record' | 'root' | undefined {
    const closed = this.#open.pop();
    this.#current = this.#open[this.#open.length - 1];
    const record = this.#open[0];
    if (closed === undefined) {
      this.#root = undefined;
      return 'root';
    }
    if (record === undefined) {
      this.#found.push({ element: closed, at: this.#at, listFrom: this.#listFrom });
      return 'record';
    }
    if (this.#open.length > 1 || this.#shape.lists?.get(record.name) !== closed.name) return undefined;
    this.#listed += 1;
    // As soon as there is enough for two parts, the first is handed out: so the last one is never a small rest.
    if (this.#listed < this.#limits.partSize * 2) return undefined;
    this.#handOutPart(record, closed.name);
    return 'record';
  }

  #handOutPart(record: BuiltElement, list: string): void {
    const { partSize } = this.#limits;
    const listed = record.children.filter(({ name }) => name === list);
    const others = record.children.filter(({ name }) => name !== list);
    const part = new BuiltElement(record.name, record.namespace, record.attributes, record.line, record.column);
    part.text = record.text;
    part.children = [...others, ...listed.slice(0, partSize)];
    this.#found.push({ element: part, at: this.#at, listFrom: this.#listFrom });
    record.children = [...others, ...listed.slice(partSize)];
    this.#listFrom += partSize;
    this.#listed -= partSize;
    this.#elements = 0;
  }

  #count(counts: Map<string, number>, name: string): number {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (counts.size > this.#limits.maxRecordNames)
      this.#refuse(`records of more than ${this.#limits.maxRecordNames} different names`);
    return count;
  }
}
