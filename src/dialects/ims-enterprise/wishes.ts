import type { RecordCommand } from '../../domain/command.ts';
import type { OrgUnitFields, UserFields } from '../../domain/entities.ts';
import { GatewayError, type Problem } from '../../domain/problem.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { listedSection, type ListedSection, translateCrossList, translateListed } from './cross-list.ts';
import { groupKind, kindOfId } from './group-kind.ts';
import { group } from './group.ts';
import { type Collection, translateMember } from './membership.ts';
import { notedPassword } from './noted-password.ts';
import { person } from './person.ts';
import {
  type Found,
  malformed,
  missing,
  optionalSourcedId,
  readInto,
  type ReadingOptions,
  sourcedIdOf,
  verbOf,
} from './record.ts';
import { child, children, foldedWord, textOf } from './values.ts';

/** Of a record that cannot be read, what can be. */
export interface RejectedRecord {
  readonly verb: null;
  readonly entity: RecordCommand['entity'];
  readonly kind: RecordCommand['kind'] | null;
  readonly sourcedId: string | null;
  readonly status: 'rejected';
  readonly at: string;
  readonly problems: readonly Problem[];
}

export type Wish = RecordCommand | RejectedRecord;

/**
 * What a record wishes: a person, a group, or a membership, of which each member is a command of its own.
 *
 * @param listFrom of a membership that comes in parts: how many members the parts before had
 */
export function wishesOf(element: ElementView, at: string, options: ReadingOptions, listFrom = 0): Wish[] {
  switch (element.name) {
    case 'person':
      return [
        orRejected({ entity: 'user', kind: 'person', element, at, options }, () =>
          translatePerson(element, at, options),
        ),
      ];
    case 'group':
      return [
        orRejected({ entity: 'org_unit', kind: null, element, at, options }, () =>
          translateGroup(element, at, options),
        ),
      ];
    default:
      return translateMembership(element, at, options, listFrom);
  }
}

function translatePerson(element: ElementView, at: string, options: ReadingOptions): RecordCommand {
  const found = foundIn(element, at, options);
  const { sourcedId, verb } = found;
  const target = { entity: 'user', kind: 'person', sourcedId, at } as const;
  if (verb === 'delete') return { ...target, verb };
  const fields: UserFields = {};
  const { notes = [] } = notedPassword(element, at);
  const noted = readInto(person, found, fields, options, notes);
  return verb === 'update'
    ? { ...target, verb, lists: 'add', fields, ...noted }
    : { ...target, verb, fields, ...noted };
}

function translateGroup(element: ElementView, at: string, options: ReadingOptions): RecordCommand {
  const found = foundIn(element, at, options);
  const { sourcedId, verb } = found;
  const { kind } = groupKind(element, sourcedId);
  if (kind === 'association') return translateCrossList(found, options);
  const target = { entity: 'org_unit', kind, sourcedId, at } as const;
  if (verb === 'delete') return { ...target, verb };
  const fields: Partial<OrgUnitFields> = {};
  const noted = readInto(group, found, fields, options);
  // A required step gives a replace its type, or refuses it.
  return verb === 'update'
    ? { ...target, verb, lists: 'add', fields, ...noted }
    : { ...target, verb, fields: { ...fields, type: fields.type ?? '' }, ...noted };
}

/** One wish a person, and for all the groups that join a cross-list, or leave it, one together. */
function translateMembership(membership: ElementView, at: string, options: ReadingOptions, listFrom: number): Wish[] {
  const whole = { entity: 'enrollment', kind: 'membership', element: membership, at, options } as const;
  const members = children(membership, 'member');
  const collection = attempt(() => {
    if (members.length === 0) throw missing('The member', `${at}/member`);
    const sourcedId = sourcedIdOf(membership, at, options.quirks);
    return { kind: kindOfId(sourcedId) ?? null, sourcedId };
  });
  if (collection instanceof GatewayError) return [rejected(whole, collection)];
  const listed: ListedSection[] = [];
  const wishes = members.flatMap((member, index): Wish[] => {
    const where = `${at}/member[${listFrom + index + 1}]`;
    const own = { ...whole, element: member, at: where };
    const wish = attempt(() => {
      if (!isGroup(member, where, collection)) return translateMember(member, where, collection, options);
      requireCrossList(membership, where, collection);
      listed.push(listedSection(member, where, options));
      return undefined;
    });
    if (wish instanceof GatewayError) return [rejected(own, wish)];
    return wish === undefined ? [] : [wish];
  });
  return [...wishes, ...translateListed(collection.sourcedId, membership, at, listed)];
}

/** `idtype` 1 person, 2 group; the members of a cross-list are groups unless it says otherwise. */
function isGroup(member: ElementView, at: string, collection: Collection): boolean {
  const word = textOf(child(member, 'idtype'));
  switch (foldedWord(word)) {
    case '':
      return collection.kind === 'association';
    case '1':
    case 'person':
      return false;
    case '2':
    case 'group':
      return true;
    default:
      throw malformed('The type of a member is 1 (person) or 2 (group)', word ?? '', `${at}/idtype`);
  }
}

/** A group is a member of a cross-list only: org units lie below each other by the relationships of their own records. */
function requireCrossList(membership: ElementView, at: string, collection: Collection): void {
  const type = foldedWord(textOf(child(membership, 'type')));
  if (collection.kind === 'association' || type === 'meta' || type === 'merge') return;
  throw new GatewayError(
    'unsupported_operation',
    `A group can be a member of a cross-list only: ${at} has idtype 2, but the id of the collection does not begin with XLS, and its type is neither meta nor merge. State what lies below what in the relationships of the groups.`,
    { at },
  );
}

function foundIn(element: ElementView, at: string, { quirks }: ReadingOptions): Found {
  return { sourcedId: sourcedIdOf(element, at, quirks), element, at, verb: verbOf(element, at) };
}

type Place = Pick<RejectedRecord, 'entity' | 'kind' | 'at'> & { element: ElementView; options: ReadingOptions };

function orRejected(place: Place, translate: () => RecordCommand): Wish {
  const wish = attempt(translate);
  return wish instanceof GatewayError ? rejected(place, wish) : wish;
}

function attempt<T>(translate: () => T): T | GatewayError {
  try {
    return translate();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

function rejected({ entity, kind, element, at, options }: Place, error: GatewayError): RejectedRecord {
  const { code, message } = error;
  // An enrollment has no id of its own here.
  const known = entity === 'enrollment' ? undefined : attempt(() => optionalSourcedId(element, at, options.quirks));
  return {
    verb: null,
    entity,
    kind,
    sourcedId: typeof known === 'string' ? known : null,
    status: 'rejected',
    at,
    problems: [{ code, message, at: error.at ?? at }],
  };
}
