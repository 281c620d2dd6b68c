import type { EnrollmentFields, RoleEntry } from '../../../domain/entities.ts';
import type { Quirks } from '../../../domain/source-system.ts';
import {
  type About,
  activeOf,
  child,
  children,
  collectionKind,
  datesOf,
  malformed,
  missing,
  type Reading,
  requiredSourcedId,
  sourcedIdOf,
  textOf,
  valueOf,
} from '../../../formats/ims/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { saysDeleted, saysMode, stateExtension } from './mode.ts';

/** A membership of exactly one member; see `oneMemberEach`. */
export const membership: Reading<EnrollmentFields> = {
  point: 'translate.saip.membership',
  what: 'a membership of PeopleSoft SAIP',
  object: 'membership',
  start: () => ({ userSourcedId: '', orgUnit: { kind: null, sourcedId: '' }, roles: [] }),
  steps: [
    {
      // The id of an enrollment is read before all steps: there is nothing else to begin with.
      name: 'base',
      read: () => undefined,
    },
    {
      name: 'collection',
      required: true,
      read(record, fields) {
        const at = `${record.at}/CollectionSourcedID`;
        const sourcedId = requiredSourcedId(collectionOf(record.object), 'The course or group', at, record.quirks);
        const kind = collectionKind(valueOf(child(record.object, 'membershipIdType')));
        fields.orgUnit = { kind, sourcedId };
      },
    },
    {
      name: 'person',
      required: true,
      read(record, fields) {
        const member = child(record.object, 'members');
        const idType = valueOf(child(member, 'idType'));
        if (idType !== undefined && idType.toLowerCase() !== 'person')
          throw malformed('Only a person can be a member', idType, `${record.at}/members/idType`);
        const at = `${record.at}/members/sourcedId`;
        fields.userSourcedId = requiredSourcedId(child(member, 'sourcedId'), 'The person', at, record.quirks);
      },
    },
    {
      name: 'roles',
      required: true,
      read(record, fields) {
        const roles = rolesOf(record.object);
        if (roles.length === 0) throw missing('The role', `${record.at}/members/role/roleType`);
        fields.roles = roles.map((role, index) =>
          roleEntry(role, `${record.at}/members/role[${index + 1}]`, record.quirks),
        );
      },
    },
    {
      name: 'extension fields',
      attributesOnly: true,
      read(record, fields) {
        for (const holder of [record.object, ...rolesOf(record.object)]) stateExtension(holder, fields);
      },
    },
  ],
};

/**
 * Snapshots put all members of a course into one membership, whose sourcedId is that of the course. Each becomes a membership of
 * its own, under the id that PeopleSoft gives it in messages: the course's and the person's, joined by a hyphen.
 */
export function oneMemberEach(about: About): About[] {
  const { sourcedId, object, at, quirks } = about;
  const members = children(object, 'members');
  const collection = sourcedIdOf(collectionOf(object), `${at}/CollectionSourcedID`, quirks);
  // Only a membership of its own has an id of its own.
  if (collection !== undefined && collection !== sourcedId && members.length <= 1) return [about];
  const others = object.children.filter(({ name }) => name !== 'members');
  const named = collection === undefined ? [...others, leaf('CollectionSourcedID', sourcedId)] : others;
  return members.map((member, index) => {
    const where = `${at}/members[${index + 1}]/sourcedId`;
    const person = requiredSourcedId(child(member, 'sourcedId'), 'The person', where, quirks);
    return {
      ...about,
      sourcedId: `${collection ?? sourcedId}-${person}`,
      object: { ...object, children: [...named, member] },
    };
  });
}

/** Its roles say one by one what becomes of them: the others stay. */
export function rolesSayMode(object: ElementView): boolean {
  return rolesOf(object).some(saysMode);
}

/** Every role of it says D: the membership itself is meant. */
export function allRolesDeleted(object: ElementView): boolean {
  const roles = rolesOf(object);
  return roles.length > 0 && roles.every(saysDeleted);
}

/** The two spellings of the schema and of the messages. */
function collectionOf(object: ElementView): ElementView | undefined {
  return child(object, 'CollectionSourcedID', 'collectionSourcedID');
}

function rolesOf(object: ElementView): readonly ElementView[] {
  return children(object, 'members').flatMap((member) => children(member, 'role'));
}

function roleEntry(role: ElementView, at: string, quirks: Quirks): RoleEntry {
  const word = textOf(child(role, 'roleType'));
  if (word === undefined) throw missing('The role type', `${at}/roleType`);
  const subRole = textOf(child(role, 'subrole'));
  return {
    role: word,
    ...(subRole === undefined ? {} : { subRole }),
    active: !saysDeleted(role) && isActive(role, at),
    ...datesOf(role, at, quirks),
  };
}

/** Active unless it says otherwise. A word that is neither must not enroll anybody by mistake. */
function isActive(role: ElementView, at: string): boolean {
  const word = textOf(child(role, 'status'));
  if (word === undefined) return true;
  const active = activeOf(word);
  if (active === undefined) throw malformed('The status of a role is Active or Inactive', word, `${at}/status`);
  return active;
}

function leaf(name: string, text: string): ElementView {
  return { name, namespace: '', attributes: {}, children: [], text };
}
