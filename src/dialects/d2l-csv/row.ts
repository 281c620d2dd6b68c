import type { WireKind } from '../../domain/entities.ts';
import type { Problem, ProblemCode } from '../../domain/problem.ts';
import type { SourceSystemOptions } from '../../domain/source-system.ts';
import type { FileProblem } from '../../pipeline/file-ports.ts';
import type { FileKind } from './columns.ts';
import type { CsvRecord } from './csv-source.ts';
import * as guide from './guide-texts.ts';
import type { ColumnIndex } from './header.ts';
import type { Version } from './versions.ts';

/** What holds for all rows of a file. */
export interface Table {
  readonly file: string;
  readonly kind: FileKind;
  readonly version: Version;
  readonly columns: ColumnIndex;
  readonly options: Pick<SourceSystemOptions, 'identityRule' | 'quirks'>;
}

/** One line of a file by the names of its columns, and what was found wrong with it on the way. */
export class Row {
  readonly table: Table;
  readonly line: number;
  /** The record, as soon as it is known. */
  about: { readonly kind: WireKind; readonly sourcedId: string } | undefined;
  readonly problems: FileProblem[] = [];
  readonly notes: Problem[] = [];
  readonly #fields: readonly string[];

  constructor(table: Table, { line, fields }: CsvRecord) {
    this.table = table;
    this.line = line;
    this.#fields = fields;
  }

  /** As it stands there; empty where the version has no such column. */
  cell(column: string): string {
    const index = this.table.columns.get(column);
    return index === undefined ? '' : (this.#fields[index] ?? '');
  }

  /** A value without the blanks around it; undefined = empty, or refused. A value of blanks alone is no empty one. */
  text(column: string): string | undefined {
    const raw = this.cell(column);
    if (raw === '') return undefined;
    const text = raw.trim();
    if (text !== '') return text;
    this.refuse(
      column,
      'invalid_data',
      `${column} has nothing but blanks: an empty value is written ",,", without a blank.`,
    );
    return undefined;
  }

  /** The same, for a column that must have a value. */
  required(column: string): string | undefined {
    const text = this.text(column);
    if (text === undefined && this.cell(column) === '')
      this.refuse(
        column,
        'incomplete_data',
        `${column} is empty, and must have a value: fill it in.`,
        guide.missingColumns(this.table.kind),
      );
    return text;
  }

  /** The row is left out. The message says what and why; what to do stands with the code. */
  refuse(column: string | undefined, code: ProblemCode, message: string, guideText?: string): void {
    const { file } = this.table;
    const index = column === undefined ? undefined : this.table.columns.get(column);
    this.problems.push({
      place: {
        file,
        line: this.line,
        ...(index === undefined ? {} : { column: index + 1 }),
        ...(column === undefined ? {} : { field: column }),
      },
      problem: this.#problem(column, code, message),
      ...(guideText === undefined ? {} : { guideText }),
    });
  }

  /** The row is taken, and its sender told. */
  note(column: string | undefined, code: ProblemCode, message: string): void {
    this.notes.push(this.#problem(column, code, message));
  }

  #problem(column: string | undefined, code: ProblemCode, message: string): Problem {
    const index = column === undefined ? undefined : this.table.columns.get(column);
    const at = [this.table.file, this.line, ...(index === undefined ? [] : [index + 1])].join(':');
    return { code, message, at, ...(column === undefined ? {} : { field: column }) };
  }
}

/** A value in a message: shortened, and so that nothing in it is invisible. */
export function shown(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100).toWellFormed()}...` : value);
}
