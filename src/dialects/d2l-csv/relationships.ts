import { type Relation, type RelationKind } from '../../domain/entities.ts';
import { GatewayError } from '../../domain/problem.ts';
import { parseJson } from '../../formats/json/index.ts';
import * as guide from './guide-texts.ts';
import { type Row, shown } from './row.ts';
import { sourcedIdOf } from './values.ts';
import { isAtLeast } from './versions.ts';

const column = 'relationships';

const kinds: ReadonlyMap<string, RelationKind> = new Map([
  ['parent', 'parent'],
  ['guardian', 'guardian'],
  ['auditor', 'auditor'],
]);

/** A list as it is written, before it is looked at what it means. */
type Entry = readonly [type: string, id: string];

/**
 * The parents, guardians and auditors of a person, by their ids: all of them, every time. An entry that cannot be read
 * refuses the row, because to leave it out would end the relation.
 */
export function relationsOf(row: Row): Relation[] {
  const text = row.text(column);
  if (text === undefined) return [];
  const entries = isAtLeast(row.table.version, '2.0') ? pipeEntries(row, text) : jsonEntries(row, text);
  const relations = new Map<string, Relation>();
  for (const [type, id] of entries) {
    const kind = kinds.get(type.trim().toLowerCase());
    if (kind === undefined || id.trim() === '')
      refuse(
        row,
        `has the entry ${shown(`${type}:${id}`)}, which is no relation to a person: write Parent, Guardian or Auditor and the person's id`,
      );
    else {
      const sourcedId = sourcedIdOf(row, id.trim());
      relations.set(`${kind} ${sourcedId}`, { kind, sourcedId });
    }
  }
  return [...relations.values()];
}

/** `Parent:P-1|Auditor:A-7`. An id may have colons of its own. */
function pipeEntries(row: Row, text: string): Entry[] {
  const parts = text.split('|').filter((part) => part.trim() !== '');
  if (!text.startsWith('[') && parts.every((part) => part.includes(':')))
    return parts.map((part) => [part.slice(0, part.indexOf(':')), part.slice(part.indexOf(':') + 1)]);
  const { version } = row.table;
  refuse(row, `is to be written Parent:<id>|Auditor:<id> in version ${version}`, guide.pipeSeparated(version));
  return [];
}

/** `[{"Type":"Parent","Id":"P-1"}]`, in version 1.1. */
function jsonEntries(row: Row, text: string): Entry[] {
  const list = parseList(text);
  const entries = list?.map(entryOf);
  if (entries?.every((entry) => entry !== undefined) === true) return entries;
  refuse(row, 'is to be a JSON list such as [{"Type":"Parent","Id":"<id>"}] in version 1.1');
  return [];
}

function parseList(text: string): unknown[] | undefined {
  try {
    const list = parseJson(Buffer.from(text));
    return Array.isArray(list) ? list : undefined;
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

function entryOf(entry: unknown): Entry | undefined {
  if (typeof entry !== 'object' || entry === null || !('Type' in entry) || !('Id' in entry)) return undefined;
  const { Type: type, Id: id } = entry;
  return typeof type === 'string' && typeof id === 'string' ? [type, id] : undefined;
}

function refuse(row: Row, what: string, guideText?: string): void {
  row.refuse(column, 'invalid_data', `${column} ${what}.`, guideText);
}
