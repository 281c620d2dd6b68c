import type { RecordCommand } from '../../domain/command.ts';
import type { FileRecord } from '../../pipeline/file-ports.ts';
import { attributeNames, userNameColumn } from './columns.ts';
import { type Row, shown } from './row.ts';
import { isDay, limited, sourcedIdOf } from './values.ts';

/** Bytes of UTF-8. */
const maxValueBytes = 256;
const maxAffiliatedUnits = 10;

/**
 * A row of a file of attributes, as a wish; undefined = there is something wrong with it, and so with the file. It names the
 * person by the user name, and never makes one. "Any empty cell will be processed as a deletion of that attribute value":
 * its value becomes empty. Columns that the file does without stay as they are.
 */
export function attributesCommand(row: Row): Pick<FileRecord, 'command' | 'by'> | undefined {
  const userName = limited(row, userNameColumn, 256, row.required(userNameColumn));
  if (userName !== undefined) row.about = { kind: 'person', sourcedId: userName };
  const attributes = valuesOf(row);
  if (userName === undefined || row.problems.length > 0) return undefined;
  const isKey = row.table.options.identityRule === 'user_name';
  const sourcedId = isKey ? sourcedIdOf(row, userName) : userName;
  const command: RecordCommand = {
    entity: 'user',
    kind: 'person',
    sourcedId,
    verb: 'update',
    mustExist: true,
    lists: 'add',
    fields: { attributes },
  };
  return isKey ? { command } : { command, by: { field: 'userName', value: userName } };
}

function valuesOf(row: Row): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of attributeNames) {
    if (!row.table.columns.has(name)) continue;
    const value = row.text(name) ?? '';
    const bytes = Buffer.byteLength(value);
    if (bytes > maxValueBytes)
      row.refuse(name, 'value_too_long', `${name} has ${bytes} bytes in UTF-8; at most ${maxValueBytes} are taken.`);
    attributes[name] = value;
  }
  const hired = attributes['Hired Date'] ?? '';
  if (hired !== '' && !isDay(hired))
    row.refuse('Hired Date', 'invalid_data', `Hired Date is ${shown(hired)}, which is no day: write YYYY-MM-DD.`);
  const units = (attributes['Affiliated Org Units'] ?? '').split('|').length;
  if (units > maxAffiliatedUnits)
    row.refuse(
      'Affiliated Org Units',
      'value_too_long',
      `Affiliated Org Units names ${units} org units; at most ${maxAffiliatedUnits} are taken.`,
    );
  return attributes;
}
