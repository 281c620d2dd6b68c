/**
 * The contracts of files, beside those of messages (ports.ts):
 *
 *     upload -> package of files -> dialect: records and problems -> handle -> plan -> guard -> apply or hold -> report
 *
 * - Package: what was uploaded at once, a zip or a single file. Its bytes are committed before they are acknowledged.
 * - File: one member of a package. Read from the start as often as asked, never held in memory as a whole.
 * - Record: one line, or element, that states or deletes one thing. Becomes one command.
 */
import type { RecordCommand, WireKind } from '../domain/command.ts';
import type { Problem, ProblemCode } from '../domain/problem.ts';
import type { SourceSystem } from '../domain/source-system.ts';

/** Bytes that can be read from any place, such as an upload whose parts are kept in the database. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** The bytes from `start` (counted from 0) to before `end`. */
  read(start: number, end: number): AsyncIterable<Buffer>;
}

/** One file of a package, under the plain name that it has there: no folder, no `..`. */
export interface PackagedFile {
  readonly name: string;
  readonly sizeBytes: number;
  open(): AsyncIterable<Buffer>;
}

/** The files of one upload, in the order of their names. */
export interface FilePackage {
  readonly name: string;
  readonly files: readonly PackagedFile[];
}

/** Where something stands in a file: lines and columns are counted from 1, the header is line 1. */
export interface FilePlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The name of the column, or the path of the element. */
  readonly field?: string;
}

/** A record, translated. What had to be overlooked is in `command.notes`. */
export interface FileRecord {
  readonly place: FilePlace;
  readonly command: RecordCommand;
  /**
   * The file names its record by a field and not by its sourcedId (attributes of D2L Standard CSV: by user name). The one
   * record of the command's kind that this source system declared with this value, compared folded, is meant; none, or
   * several, is `unknown_object`, or `ambiguous`. The sourcedId of the command is the value, for reports.
   */
  readonly by?: { readonly field: 'userName'; readonly value: string };
}

/** What is wrong with a file as a whole, or with one record of it, which is then left out; the rest goes on. */
export interface FileProblem {
  readonly place: FilePlace;
  readonly problem: Problem;
  /** The record, as far as it is known. */
  readonly about?: { readonly kind: WireKind; readonly sourcedId: string };
  /** A record stood there: it is counted as one that was refused, though its key, or even its kind, may not be known. */
  readonly isRecord?: true;
  /** The text that the dialect's own guide has for it, where it has one. */
  readonly guideText?: string;
}

/** What reading comes across, a few hundred records at a time, in the order of the files and of their lines. */
export interface FileBatch {
  readonly records: readonly FileRecord[];
  readonly problems: readonly FileProblem[];
  /** How far the file has been read: for progress. */
  readonly file: string;
  readonly bytesRead: number;
  /** What a record of this file can be about, where the file tells: of those that are lost before their key is known. None: it has no records. */
  readonly kinds?: readonly WireKind[];
  /** Records that are sound, and are left out with their file or package: they are counted. */
  readonly leftOut?: readonly FileRecord[];
  /** Records of this file only say more of what is stated elsewhere. */
  readonly isAside?: true;
  /** What its columns are called, in their order. */
  readonly columns?: readonly string[];
}

/** A language of files: one folder of `dialects/`. */
export interface FileDialect {
  readonly name: string;
  /** Judged by names and first lines. */
  recognises(files: FilePackage): Promise<boolean>;
  /** Of files that nobody recognises: why they are none of this language, if they look like some of it; what was found, and what was expected. */
  reasonsAgainst?(files: FilePackage): Promise<string | undefined>;
  /**
   * Reads the whole package, once. Problems of the package as a whole (a manifest that is missing, a header that is
   * none) are among the others; what can be read is read all the same.
   */
  read(files: FilePackage, source: SourceSystem): AsyncIterable<FileBatch>;
  /** What the dialect's own guide says of a problem that is found later than by reading, of a record of this kind. */
  guideTextOf?(code: ProblemCode, kind: WireKind): string | undefined;
  /**
   * What its files call a field of a record of this kind, of which such a problem is.
   *
   * @param field of the command; of a reference to a parent with its role: `parents.semester`
   */
  fieldNameOf?(kind: WireKind, field: string): string | undefined;
}
