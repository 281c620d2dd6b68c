import type { ElementView } from '../../pipeline/ports.ts';

/** An element of a file, and where it begins: both counted from 1. */
export interface PlacedElement extends ElementView {
  readonly line: number;
  readonly column: number;
}

/** What the records of a file are, and what its outermost element. */
export interface RecordShape {
  /** Does this outermost element hold records? */
  isRoot(name: string): boolean;
  /** For files of several documents one behind the other, and of records without a root: is this outermost element a record? */
  isLooseRecord?(name: string): boolean;
  /**
   * Records that hold so many elements of a name that they are handed out in parts: the name of the record, and that of
   * these elements. What stands before them in the record is repeated in each part.
   */
  readonly lists?: ReadonlyMap<string, string>;
}

/** A child of the outermost element, or a part of it. */
export interface XmlRecord {
  readonly element: PlacedElement;
  /** `/enterprise/person[2]` */
  readonly at: string;
  /** Of a part: how many elements of its list came in the parts before. */
  readonly listFrom: number;
}

/** What is wrong with a file, from this place on. */
export interface XmlFault {
  readonly code: 'malformed_xml' | 'forbidden_xml' | 'bad_encoding' | 'unknown_file';
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export interface RecordLimits {
  readonly maxDepth: number;
  /** Attributes of one element, namespace declarations included. */
  readonly maxAttributes: number;
  readonly maxNameLength: number;
  /** Of one record, or of one part. */
  readonly maxElements: number;
  /** Of one record, of one part, and of what stands between records: UTF-16 code units. */
  readonly maxChars: number;
  /** Names that the children of the outermost element have. */
  readonly maxRecordNames: number;
  /** Elements of a list in one part. No part has fewer, unless it is the only one. */
  readonly partSize: number;
}

export const defaultRecordLimits: RecordLimits = {
  maxDepth: 100,
  maxAttributes: 100,
  maxNameLength: 1_000,
  maxElements: 100_000,
  maxChars: 8_388_608,
  maxRecordNames: 100,
  partSize: 500,
};
