import type { Command, RecordCommand } from '../../../domain/command.ts';
import type { OrgUnitFields, OrgUnitWireKind } from '../../../domain/entities.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { sectionAssociation } from './association.ts';
import { allRolesDeleted, membership, oneMemberEach, rolesSayMode } from './membership.ts';
import { saysDeleted } from './mode.ts';
import { courseOffering, courseSection, courseTemplate, group } from './org-units.ts';
import { person as personReading } from './person.ts';
import { readRecord, type About, type Reading, type targets } from '../../../formats/ims/index.ts';

export interface Named {
  readonly sourcedId: string;
  readonly at: string;
}

/** How a new object comes to be, beside its fields. */
export interface Creation {
  readonly mustNotExist?: true;
  readonly allocate?: true;
}

/** How the objects of one kind become commands. */
export interface Entity {
  /** `CourseSection`, as in the names of its operations. */
  readonly name: keyof typeof targets;
  /** The element: `courseSection`. */
  readonly object: string;
  /** One object may stand for several records. */
  split(about: About): About[];
  /** The object itself says that it is gone. */
  isDeleted(object: ElementView): boolean;
  replace(about: About, creation?: Creation): RecordCommand;
  update(about: About): Command;
  delete(named: Named): RecordCommand;
  read(named: Named): Command;
  rename(named: Named, newSourcedId: string): Command;
}

const single = { split: (about: About): About[] => [about], isDeleted: saysDeleted };

export const person = user();

/** By their elements. */
export const entities: ReadonlyMap<string, Entity> = new Map(
  [
    person,
    orgUnit('Group', 'group', group),
    orgUnit('CourseTemplate', 'template', courseTemplate),
    orgUnit('CourseOffering', 'offering', courseOffering),
    orgUnit('CourseSection', 'section', courseSection),
    association(),
    enrollment(),
  ].map((entity) => [entity.object, entity]),
);

function user(): Entity {
  const target = { entity: 'user', kind: 'person' } as const;
  return {
    ...single,
    name: 'Person',
    object: 'person',
    replace: (about, creation) => ({ ...target, verb: 'replace', ...creation, ...whole(personReading, about) }),
    update: (about) => ({ ...target, verb: 'update', ...part(personReading, about) }),
    delete: (named) => ({ ...target, verb: 'delete', ...named }),
    read: (named) => ({ ...target, verb: 'read', ...named }),
    rename: (named, newSourcedId) => ({ ...target, verb: 'rename', ...named, newSourcedId }),
  };
}

function orgUnit(name: Entity['name'], kind: OrgUnitWireKind, reading: Reading<OrgUnitFields>): Entity {
  const target = { entity: 'org_unit', kind } as const;
  return {
    ...single,
    name,
    object: reading.object,
    replace: (about, creation) => ({ ...target, verb: 'replace', ...creation, ...whole(reading, about) }),
    update(about) {
      const { fields, ...rest } = part(reading, about);
      const { type, ...others } = fields;
      return { ...target, verb: 'update', ...rest, fields: type === '' ? others : fields };
    },
    delete: (named) => ({ ...target, verb: 'delete', ...named }),
    read: (named) => ({ ...target, verb: 'read', ...named }),
    rename: (named, newSourcedId) => ({ ...target, verb: 'rename', ...named, newSourcedId }),
  };
}

function association(): Entity {
  const target = { entity: 'association', kind: 'association' } as const;
  return {
    ...single,
    name: 'SectionAssociation',
    object: 'sectionAssociation',
    replace: (about, creation) => ({ ...target, verb: 'replace', ...creation, ...whole(sectionAssociation, about) }),
    update: (about) => ({ ...target, verb: 'update', ...part(sectionAssociation, about) }),
    delete: (named) => ({ ...target, verb: 'delete', ...named }),
    read: (named) => ({ ...target, verb: 'read', ...named }),
    rename: (named, newSourcedId) => ({ ...target, verb: 'rename', ...named, newSourcedId }),
  };
}

function enrollment(): Entity {
  const target = { entity: 'enrollment', kind: 'membership' } as const;
  return {
    name: 'Membership',
    object: 'membership',
    split: oneMemberEach,
    isDeleted: allRolesDeleted,
    replace: (about, creation) => ({ ...target, verb: 'replace', ...creation, ...whole(membership, about) }),
    update: (about) => ({
      ...target,
      verb: 'update',
      ...(rolesSayMode(about.object) ? { lists: 'add' } : {}),
      ...part(membership, about),
    }),
    delete: (named) => ({ ...target, verb: 'delete', ...named }),
    read: (named) => ({ ...target, verb: 'read', ...named }),
    rename: (named, newSourcedId) => ({ ...target, verb: 'rename', ...named, newSourcedId }),
  };
}

function whole<Fields>(reading: Reading<Fields>, about: About) {
  return readRecord(reading, about, { whole: true });
}

function part<Fields>(reading: Reading<Fields>, about: About) {
  return readRecord(reading, about, { whole: false });
}
