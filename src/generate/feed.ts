import type { WireKind } from '../domain/entities.ts';
import type { ProblemCode } from '../domain/problem.ts';
import type { Part, Stated } from './world/records.ts';
import type { WorldShape } from './world/shape.ts';

/** What a fault promises of one place of a feed. */
export interface Promised {
  readonly fault: string;
  /**
   * Who comes across it: who reads the file; a run, which knows what was there before and what else the feed brings; or nobody,
   * since it comes right in the end.
   */
  readonly found: 'reading' | 'run' | 'nowhere';
  /** The problem that is to be told; absent: none, see `what`. */
  readonly code?: ProblemCode;
  /** The column, where the format has columns. */
  readonly field?: string;
  /** How many records have it; absent: one. */
  readonly count?: number;
  readonly kind?: WireKind;
  readonly sourcedId?: string;
  readonly what: string;
}

/** The same with its place, as far as it has one. */
export interface Told extends Promised {
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
}

/** A record of a feed, right or wrong. */
export interface StatedItem extends Stated {
  readonly promised?: Promised;
}

/** One of the records that the format itself knows how to break, by its number among those of the part. */
export interface BrokenItem {
  readonly broken: number;
}

export type FeedItem = StatedItem | BrokenItem;

/** What is to be written: each part, and behind all of them the records that come late. */
export interface Feed {
  readonly shape: WorldShape;
  readonly day: number;
  readonly isSnapshot: boolean;
  items(part: Part): Iterable<FeedItem>;
  late(): Iterable<StatedItem>;
}

/** A piece of a file, whole lines; what is promised is of its first line. */
export interface Piece {
  readonly text: string;
  readonly promised?: Promised | undefined;
}

export type Encoding = 'utf-8' | 'windows-1252';

export interface FeedFile {
  readonly name: string;
  readonly encoding: Encoding;
  /** What it is made of, where the records of a part have a file of their own. */
  readonly part?: Part;
  /** Made anew each time. */
  pieces(): Iterable<Piece>;
}

/** A record that is wrong in one way, and what is to be told of it. */
export interface BrokenRecord extends Pick<Promised, 'code' | 'field' | 'what'> {
  /** Without a line end. */
  readonly text: string;
}

/** Something that some languages have no word for. */
export type Lack =
  | 'faculties'
  | 'cross-lists'
  | 'course offerings'
  | 'preferred names'
  | 'user names'
  | 'roles of people'
  | 'inactive people'
  | OnlyAsked;

/** Of these a university has none, unless they are asked for. */
export const onlyAsked = ['auditors', 'attributes'] as const;
type OnlyAsked = (typeof onlyAsked)[number];

/** A language that feeds are written in. */
export interface FeedFormat {
  readonly name: string;
  readonly summary: string;
  /** `package`: several files, in a folder or a zip; `file`: one. */
  readonly form: 'package' | 'file';
  readonly syntax: 'csv' | 'xml';
  /** What a university has, and this language has no word for. */
  readonly lacks: readonly Lack[];
  files(feed: Feed): readonly FeedFile[];
  /** The records of a part that this format can break. */
  broken(part: Part): readonly BrokenRecord[];
  /** How a record is known in this format. */
  wireId(record: Stated['record']): { readonly kind: WireKind; readonly sourcedId?: string };
}
