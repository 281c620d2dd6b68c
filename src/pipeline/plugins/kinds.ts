import type { Wishes } from '../../domain/command.ts';
import {
  type AssociationFields,
  type EnrollmentFields,
  type EntityKind,
  type OrgUnitFields,
  orgUnitWireKinds,
  parentRoles,
  relationKinds,
  type UserFields,
} from '../../domain/entities.ts';
import { problemCatalogue } from '../../domain/problem.ts';

/** What a value may be, in words and as a question. */
export interface Kind {
  readonly what: string;
  is(value: unknown): boolean;
}

/** Neither U+0000 nor half of a surrogate pair can be stored; no dialect lets them in. */
const text: Kind = {
  what: 'a text without U+0000',
  is: (value) => typeof value === 'string' && !value.includes('\u0000') && value.isWellFormed(),
};
const flag: Kind = { what: 'true or false', is: (value) => typeof value === 'boolean' };
const onlyTrue: Kind = { what: 'true', is: (value) => value === true };
/**
 * In the one form in which instants are stored and compared. JavaScript reads much else (`Fall 2022`), and years that Postgres
 * does not.
 */
const instant: Kind = {
  what: 'an instant as toISOString writes it, such as 2026-09-01T00:00:00.000Z',
  is: (value) => {
    if (typeof value !== 'string' || !/^(?!0000)\d{4}-/.test(value)) return false;
    const date = new Date(value);
    return !Number.isNaN(date.getTime()) && date.toISOString() === value;
  },
};
const attributes: Kind = {
  what: 'an object of texts',
  is: (value) => isObject(value) && Object.entries(value).every((entry) => entry.every((part) => text.is(part))),
};
export const problems: Kind = {
  what: 'a list of problems with a code of the catalogue and a message',
  is: (value) => Array.isArray(value) && value.every(isProblem),
};

const wireKind = stated(oneOf(...orgUnitWireKinds));
const orgUnitReference = object('a reference with kind and sourcedId', { kind: wireKind, sourcedId: text });
const commonFields = { code: stated(text), name: stated(text), active: stated(flag), attributes: stated(attributes) };

/** The fields of the canonical model: a new one must say here what it may be. */
export const fieldKinds: {
  readonly user: Readonly<Record<keyof UserFields, Kind>>;
  readonly org_unit: Readonly<Record<keyof OrgUnitFields, Kind>>;
  readonly enrollment: Readonly<Record<keyof EnrollmentFields, Kind>>;
  readonly association: Readonly<Record<keyof AssociationFields, Kind>>;
} = {
  user: {
    orgDefinedId: stated(text),
    userName: stated(text),
    formattedName: stated(text),
    givenName: stated(text),
    middleName: stated(text),
    familyName: stated(text),
    sortFamilyName: stated(text),
    namePrefix: stated(text),
    nameSuffix: stated(text),
    nickname: stated(text),
    pronouns: stated(text),
    preferredGivenName: stated(text),
    preferredFamilyName: stated(text),
    email: stated(text),
    active: stated(flag),
    roles: stated(listOf(object('institution roles with role and primary', { role: text, primary: flag }))),
    relations: stated(
      listOf(object('relations with kind and sourcedId', { kind: oneOf(...relationKinds), sourcedId: text })),
    ),
    attributes: stated(attributes),
  },
  org_unit: {
    ...commonFields,
    type: text,
    shortName: stated(text),
    description: stated(text),
    startsAt: stated(instant),
    endsAt: stated(instant),
    parents: stated(
      listOf(
        object(
          'references with role, kind and sourcedId',
          { role: oneOf(...parentRoles), kind: wireKind, sourcedId: text },
          { name: text },
        ),
      ),
    ),
  },
  enrollment: {
    userSourcedId: text,
    orgUnit: orgUnitReference,
    roles: listOf(
      object(
        'roles with role and active',
        { role: text, active: flag },
        { subRole: text, startsAt: instant, endsAt: instant },
      ),
    ),
    attributes: stated(attributes),
  },
  association: { ...commonFields, sections: stated(listOf(text)) },
};

/** What a replace cannot do without. */
export const requiredFields: Readonly<Record<EntityKind, readonly string[]>> = {
  user: [],
  org_unit: ['type'],
  enrollment: ['userSourcedId', 'orgUnit', 'roles'],
  association: [],
};

/** Only a run lets enrollments leave, as it knows when they end, and restores what another one has changed. */
const wishKinds: Readonly<Record<Exclude<keyof Wishes, 'leaves' | 'restores' | 'unlinks'>, Kind>> = {
  keep: listOf(text),
  leave: listOf(text),
  leaveParents: listOf(oneOf(...parentRoles)),
  leaveRelations: listOf(oneOf(...relationKinds)),
  needsAgent: listOf(oneOf(...relationKinds)),
  forgetRelations: listOf(oneOf(...relationKinds)),
  never: oneOf('create', 'change'),
  namesParents: listOf(oneOf(...parentRoles)),
  needsParent: oneOf(...parentRoles),
  refuseWhile: listOf(oneOf('children', 'association', 'moved')),
  lms: oneOf('inactivate', 'delete', 'leave'),
  cascade: listOf(oneOf('dependants', 'semester', 'department')),
  history: onlyTrue,
  inLms: onlyTrue,
};

/** What a command has beside its key and its fields. */
export const commandKinds: Readonly<Record<string, Kind>> = {
  notes: problems,
  at: text,
  wishes: object('wishes as `wish` makes them', {}, wishKinds),
  mustNotExist: onlyTrue,
  mustExist: onlyTrue,
  allocate: onlyTrue,
  copyOf: text,
  lists: oneOf('add', 'remove'),
  newSourcedId: text,
  pair: object('a pair of userSourcedId and orgUnit', { userSourcedId: text, orgUnit: orgUnitReference }),
};

export function isObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** As refusals and warnings are: with a code that every dialect can say, and words. */
export function isProblem(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { code, message, at = '', field = '' } = value;
  if (typeof code !== 'string' || !Object.hasOwn(problemCatalogue, code)) return false;
  return message !== '' && [message, at, field].every((part) => text.is(part));
}

function stated(kind: Kind): Kind {
  return { what: `${kind.what}, or null`, is: (value) => value === null || kind.is(value) };
}

function oneOf(...words: readonly string[]): Kind {
  return { what: words.join(' or '), is: (value) => words.includes(value as string) };
}

function listOf(kind: Kind): Kind {
  return {
    what: `a list of ${kind.what}`,
    is: (value) => Array.isArray(value) && value.every((each) => kind.is(each)),
  };
}

/** An object that has all of the first parts, may have the others, and no more. */
function object(
  what: string,
  needed: Readonly<Record<string, Kind>>,
  others: Readonly<Record<string, Kind>> = {},
): Kind {
  const parts: Readonly<Record<string, Kind | undefined>> = { ...needed, ...others };
  return {
    what,
    is: (value) =>
      isObject(value) &&
      Object.keys(needed).every((name) => value[name] !== undefined) &&
      Object.entries(value).every(([name, part]) => part === undefined || parts[name]?.is(part) === true),
  };
}
