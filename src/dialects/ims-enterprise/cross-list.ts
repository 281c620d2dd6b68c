import type { RecordCommand } from '../../domain/command.ts';
import type { AssociationFields } from '../../domain/entities.ts';
import { extensionAttributes } from './extension.ts';
import {
  type Found,
  readInto,
  type Reading,
  type ReadingOptions,
  sourcedIdOf,
  state,
  stateAttribute,
  verbOf,
} from './record.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { child, children, textOf } from './values.ts';

const target = { entity: 'association', kind: 'association' } as const;

export const crossList: Reading<AssociationFields> = {
  point: 'translate.ims-enterprise.section_association',
  what: 'a cross-list (a group whose id begins with XLS) of IMS Enterprise 1.1',
  steps: [
    {
      name: 'base',
      read({ sourcedId }, fields) {
        fields.code = sourcedId;
      },
    },
    {
      name: 'title',
      read({ object }, fields) {
        const description = child(object, 'description');
        state(fields, 'name', textOf(child(description, 'long')) ?? textOf(child(description, 'short')));
      },
    },
    extensionAttributes,
  ],
};

/**
 * The group record of a cross-list. It names no sections (those are members of its membership), so that it states what it
 * has and leaves the list as it is.
 */
export function translateCrossList(found: Found, options: ReadingOptions): RecordCommand {
  const { sourcedId, at, verb } = found;
  if (verb === 'delete') return { ...target, verb, sourcedId, at };
  const fields: AssociationFields = {};
  const noted = readInto(crossList, { ...found, verb: 'update' }, fields, options);
  return { ...target, verb: 'update', lists: 'add', sourcedId, fields, at, ...noted };
}

/** A section of a cross-list: the member, and what its role asks for. */
export interface ListedSection {
  readonly sourcedId: string;
  readonly leaves: boolean;
}

export function listedSection(member: ElementView, at: string, { quirks }: ReadingOptions): ListedSection {
  const roles = children(member, 'role');
  const leaves =
    roles.length > 0 && roles.every((role, index) => verbOf(role, `${at}/role[${index + 1}]`) === 'delete');
  return { sourcedId: sourcedIdOf(member, at, quirks), leaves };
}

/** Sections join the cross-list and leave it one by one: those that the message does not name stay as they are. */
export function translateListed(
  sourcedId: string,
  membership: ElementView,
  at: string,
  listed: readonly ListedSection[],
): RecordCommand[] {
  const ids = (leaves: boolean) => [
    ...new Set(listed.filter((each) => each.leaves === leaves).map((each) => each.sourcedId)),
  ];
  const [joining, leaving] = [ids(false), ids(true)];
  const fields: AssociationFields = { code: sourcedId, sections: joining };
  stateAttribute(fields, 'type', textOf(child(membership, 'type')));
  return [
    ...(joining.length === 0 ? [] : [{ ...target, verb: 'update', lists: 'add', sourcedId, fields, at } as const]),
    ...(leaving.length === 0
      ? []
      : [
          {
            ...target,
            verb: 'update',
            lists: 'remove',
            mustExist: true,
            sourcedId,
            fields: { sections: leaving },
            at,
          } as const,
        ]),
  ];
}
