import type { RecordCommand } from '../../domain/command.ts';
import { orgUnitWireKinds, type WireKind } from '../../domain/entities.ts';
import { findNonXmlCharacter } from '../../formats/xml/index.ts';
import type { FileBatch, FileProblem, FileRecord, PackagedFile } from '../../pipeline/file-ports.ts';
import { attributesCommand } from './attributes.ts';
import type { FileKind } from './columns.ts';
import { type CsvRecord, fileProblem, type ReadCsv } from './csv-source.ts';
import { enrollmentCommand } from './enrollment.ts';
import { orgUnitCommand } from './org-unit.ts';
import { Row, type Table } from './row.ts';
import { userCommand } from './user.ts';

/**
 * One file whose header is right, in batches. A row that is wrong is left out and told, and the rest goes on; but in a file
 * of attributes "files will not process if any validation error is detected".
 */
export async function* readTable(file: PackagedFile, table: Table, readCsv: ReadCsv): AsyncGenerator<FileBatch> {
  const isWhole = table.kind !== 'attributes' || (await isSound(file, table, readCsv));
  for await (const batch of readRows(file, table, readCsv))
    yield isWhole ? batch : { ...batch, records: [], leftOut: batch.records };
  if (isWhole) return;
  const problems = [refusedFile(file.name)];
  yield { records: [], problems, file: file.name, bytesRead: file.sizeBytes, kinds: kindsOf[table.kind] };
}

const kindsOf: Readonly<Record<FileKind, readonly WireKind[]>> = {
  orgs: orgUnitWireKinds,
  users: ['person'],
  enrollments: ['membership'],
  attributes: ['person'],
};

async function isSound(file: PackagedFile, table: Table, readCsv: ReadCsv): Promise<boolean> {
  for await (const { problems } of readRows(file, table, readCsv)) if (problems.length > 0) return false;
  return true;
}

function refusedFile(file: string): FileProblem {
  const message = `Nothing of ${file} was taken: D2L refuses a file of attributes as a whole when one line of it is wrong.`;
  return { place: { file }, problem: { code: 'file_refused', message, at: file } };
}

async function* readRows(file: PackagedFile, table: Table, readCsv: ReadCsv): AsyncGenerator<FileBatch> {
  const columns = [...table.columns.keys()];
  for await (const { header, records, problems, bytesRead } of readCsv(file.open())) {
    const found: FileRecord[] = [];
    const wrong: FileProblem[] = problems.map((problem) => ({
      ...fileProblem(file.name, problem, header),
      isRecord: true,
    }));
    for (const record of records) {
      const row = new Row(table, record);
      if (record.isOpen === true) row.note(undefined, 'no_line_end', noLineEnd);
      const translated = hasControls(row, record) ? undefined : translateRow[table.kind](row);
      for (const problem of row.problems)
        wrong.push({ ...problem, ...(row.about === undefined ? {} : { about: row.about }), isRecord: true });
      if (translated === undefined) continue;
      const { command } = translated;
      const noted = row.notes.length === 0 ? command : { ...command, notes: row.notes };
      found.push({ ...translated, place: { file: file.name, line: record.line }, command: noted });
    }
    wrong.sort((one, other) => (one.place.line ?? 0) - (other.place.line ?? 0));
    yield {
      records: found,
      problems: wrong,
      file: file.name,
      bytesRead,
      kinds: kindsOf[table.kind],
      columns,
      ...(table.kind === 'attributes' ? { isAside: true } : {}),
    };
  }
}

/** A file that is cut off at the end of a row, or within its last value, looks like that. */
const noLineEnd =
  'The file ends with this line, which has no line end, as those before it have: it may be cut off here. The line was taken as it stands.';

type Translated = { readonly command: RecordCommand } & Pick<FileRecord, 'by'>;

const translateRow: Readonly<Record<FileKind, (row: Row) => Translated | undefined>> = {
  orgs: (row) => translated(orgUnitCommand(row)),
  users: (row) => translated(userCommand(row)),
  enrollments: (row) => translated(enrollmentCommand(row)),
  attributes: attributesCommand,
};

function translated(command: RecordCommand | undefined): Translated | undefined {
  return command && { command };
}

/** Characters that XML cannot carry are refused at every door: what is taken here is read there. */
function hasControls(row: Row, { fields }: CsvRecord): boolean {
  const index = fields.findIndex((field) => findNonXmlCharacter(field) !== undefined);
  if (index < 0) return false;
  const column = [...row.table.columns].find(([, place]) => place === index)?.[0];
  const character = findNonXmlCharacter(fields[index] ?? '') ?? '';
  row.refuse(column, 'illegal_characters', `${column ?? 'The line'} has the control character ${character}.`);
  return true;
}
