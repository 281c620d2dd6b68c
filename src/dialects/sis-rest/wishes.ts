import { z } from 'zod';
import type { Command } from '../../domain/command.ts';
import { sourcedId } from './fields.ts';
import { type RawCommand, RecordMistakes, type Wishes } from './raw-command.ts';

/** What a command may say beside its verb: how a replace makes something new, what an update does to lists, a new id. */
export const wishShape = {
  mustNotExist: z.literal(true).optional().meta({
    description: 'Of a replace: make something new; what is there is rejected as `id_in_use`.',
  }),
  allocate: z.literal(true).optional().meta({
    description:
      'Of a replace without a sourcedId: the gateway gives one. The same record again within the replay window of the source system gets the same one.',
  }),
  copyOf: sourcedId.optional().meta({
    description:
      'Of a replace: takes over the fields of this object of the same kind; `fields` states what differs, attributes by name, parents by role.',
  }),
  lists: z.enum(['add', 'remove']).optional().meta({
    description:
      'Of an update: the lists that it states (sections, roles, relations, parents, attributes) are added to those that are there, or taken out of them.',
  }),
  newSourcedId: sourcedId.optional().meta({
    description: 'Of a rename: the new sourcedId, also in all that this source system declared of the object.',
  }),
};

const verbOf = {
  mustNotExist: 'replace',
  allocate: 'replace',
  copyOf: 'replace',
  lists: 'update',
  newSourcedId: 'rename',
} as const satisfies Record<keyof Wishes, string>;

/** A wish beside another verb than its own would go unheard: it is refused. */
export function checkWishes({ verb, wishes = {}, sourcedId: id, at }: RawCommand): void {
  for (const [name, own] of Object.entries(verbOf)) {
    if (wishes[name as keyof Wishes] !== undefined && own !== verb)
      refuse(`\`${name}\` belongs to the verb \`${own}\`, not to \`${verb}\`.`, at, name);
  }
  if (wishes.allocate === true && id !== undefined)
    refuse('A record that is to be given a sourcedId does not state one.', at, 'sourcedId');
}

/** The command with what was wished beside its verb. */
export function withWishes(command: Command, { mustNotExist, allocate, copyOf, lists }: Wishes): Command {
  if (command.verb === 'update') return lists === undefined ? command : { ...command, lists };
  if (command.verb !== 'replace') return command;
  return {
    ...command,
    ...(mustNotExist && { mustNotExist }),
    ...(allocate && { allocate }),
    ...(copyOf !== undefined && { copyOf }),
  };
}

function refuse(message: string, at: string, field: string): never {
  throw new RecordMistakes([{ code: 'invalid_data', message, at: `${at}/${field}`, field }]);
}
