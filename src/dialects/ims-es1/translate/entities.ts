import type { Command } from '../../../domain/command.ts';
import { readRecord, type About, type Reading } from '../../../formats/ims/index.ts';
import { group } from './group.ts';
import { membership } from './membership.ts';
import { person } from './person.ts';

export interface Named {
  readonly sourcedId: string;
  readonly at: string;
}

/** How the objects of one kind become commands. */
export interface Entity {
  /** The element, which also tells the lengths of identifiers. */
  readonly object: 'person' | 'group' | 'membership';
  /** A create of what is there updates it (itslearning): both are an update that may create. */
  create(about: About): Command;
  update(about: About): Command;
  replace(about: About): Command;
  delete(named: Named): Command;
  read(named: Named): Command;
  rename(named: Named, newSourcedId: string): Command;
}

export const entities: Readonly<Record<Entity['object'], Entity>> = {
  person: user(),
  group: orgUnit(),
  membership: enrollment(),
};

function user(): Entity {
  const target = { entity: 'user', kind: 'person' } as const;
  return {
    object: 'person',
    create: (about) => ({ ...target, verb: 'update', ...whole(person, about) }),
    update: (about) => ({ ...target, verb: 'update', mustExist: true, ...part(person, about) }),
    replace: (about) => ({ ...target, verb: 'replace', ...whole(person, about) }),
    delete: (named) => ({ ...target, verb: 'delete', ...named }),
    read: (named) => ({ ...target, verb: 'read', ...named }),
    rename: (named, newSourcedId) => ({ ...target, verb: 'rename', ...named, newSourcedId }),
  };
}

function orgUnit(): Entity {
  const target = { entity: 'org_unit', kind: 'group' } as const;
  return {
    object: 'group',
    create: (about) => ({ ...target, verb: 'update', ...whole(group, about) }),
    update(about) {
      const { fields, ...rest } = part(group, about);
      const { type, ...others } = fields;
      return { ...target, verb: 'update', mustExist: true, ...rest, fields: type === '' ? others : fields };
    },
    replace: (about) => ({ ...target, verb: 'replace', ...whole(group, about) }),
    delete: (named) => ({ ...target, verb: 'delete', ...named }),
    read: (named) => ({ ...target, verb: 'read', ...named }),
    rename: (named, newSourcedId) => ({ ...target, verb: 'rename', ...named, newSourcedId }),
  };
}

/** An update of a membership creates it if it is missing (itslearning). */
function enrollment(): Entity {
  const target = { entity: 'enrollment', kind: 'membership' } as const;
  const update = (about: About): Command => ({ ...target, verb: 'update', ...part(membership, about) });
  return {
    object: 'membership',
    create: update,
    update,
    replace: (about) => ({ ...target, verb: 'replace', ...whole(membership, about) }),
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
