import { isDeepStrictEqual } from 'node:util';
import { type Command, isPairDelete, type RecordCommand, statesFields } from '../domain/command.ts';
import type { EntityKind } from '../domain/entities.ts';
import { isCopy } from './declare/copy.ts';

/*
 * A file may speak of one record a thousand times. Commands of one key are applied together, as what they come to, where nobody else could tell
 * whether what stood in between was ever there (docs/adr/0037).
 */

/** What a batch has of a key. */
export interface Chain {
  readonly first: Command;
  readonly last: Command;
}

/** Does a command go on with what came before it of its key, so that only what both come to need be projected? */
export function continues({ first, last }: Chain, next: Command): boolean {
  if (next.entity === 'enrollment') return continuesMembership(first, next);
  if (isLookedAt(last) || isLookedAt(next)) return false;
  return isDeepStrictEqual(seenOf(last), seenOf(next)) || statesItsOwnAlone(last, next);
}

/** Others stand in its way, or it is made of another one: what became of it must be known before the next one. */
function isLookedAt(command: Command): boolean {
  return isCopy(command) || (command.wishes?.refuseWhile ?? command.wishes?.needsParent) !== undefined;
}

/**
 * Nothing else depends on a membership. What states the whole leaves nothing of what was before it, and what comes behind it is certain; updates
 * are taken or refused together if they state the same fields.
 */
function continuesMembership(first: Command, next: Command): boolean {
  if (!isPlain(first) || !isPlain(next)) return false;
  if (first.verb === 'replace') return true;
  if (first.verb !== next.verb) return false;
  return first.verb === 'delete' || isDeepStrictEqual(namesOf(first), namesOf(next));
}

function namesOf(command: RecordCommand): ReadonlySet<string> {
  return new Set(statesFields(command) ? Object.keys(command.fields) : []);
}

const plainProperties: ReadonlySet<string> = new Set(['entity', 'kind', 'sourcedId', 'verb', 'fields', 'notes', 'at']);

/** It wishes nothing, and makes no condition. */
function isPlain(command: Command): command is RecordCommand {
  const isRecord = statesFields(command) || command.verb === 'delete';
  return isRecord && !isPairDelete(command) && Object.keys(command).every((name) => plainProperties.has(name));
}

/**
 * Fields of which nothing of another key becomes more than a copy that follows them: no name or code that another one may want, nothing that it is
 * found, referred to or ended by.
 */
const own: Readonly<Record<Exclude<EntityKind, 'enrollment'>, ReadonlySet<string>>> = {
  user: new Set([
    ...['formattedName', 'givenName', 'middleName', 'familyName', 'namePrefix', 'nameSuffix', 'nickname'],
    ...['preferredGivenName', 'preferredFamilyName', 'sortFamilyName', 'pronouns', 'email', 'attributes'],
  ]),
  org_unit: new Set(['name', 'shortName', 'description', 'startsAt', 'endsAt']),
  association: new Set(['name']),
};

/** All that others can see of what a command says of its record. */
function seenOf({ notes: _notes, at: _at, ...command }: Command): object {
  return 'fields' in command ? { ...command, fields: Object.fromEntries(seenFieldsOf(command as Command)) } : command;
}

function seenFieldsOf(command: Command): readonly (readonly [string, unknown])[] {
  if (command.entity === 'enrollment' || !statesFields(command)) return [];
  const ofEntity = own[command.entity];
  return Object.entries(command.fields).filter(([name]) => !ofEntity.has(name));
}

/** Others see no more of the record than before it. */
function statesItsOwnAlone(last: Command, next: Command): boolean {
  return (
    next.verb === 'update' &&
    next.lists === undefined &&
    statesFields(last) &&
    seenFieldsOf(next).length === 0 &&
    isDeepStrictEqual(last.wishes, next.wishes)
  );
}
