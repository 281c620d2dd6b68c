import type { Message, Translation } from '../../pipeline/ports.ts';
import type { EntityKind } from '../../domain/entities.ts';
import type { RestOutcome } from './reply.ts';

export const dialectName = 'sis-rest';
const root = '/sis/v1/';
export const messagesPath = `${root}messages`;

/** The collections of the door, by the last part of their path. */
export const collections = {
  users: 'user',
  'org-units': 'org_unit',
  enrollments: 'enrollment',
  'section-associations': 'association',
} as const satisfies Record<string, EntityKind>;

/** `PUT users`, `PUT users if-none-match`, `POST users rename`, `POST messages`: the operation of a call, as the journal has it. */
export function operationOf({ method, path, headers }: Pick<Message, 'method' | 'path' | 'headers'>): string {
  const [place = ''] = path.slice(root.length).split('?');
  const [collection = '', , act] = place.split('/');
  const isNew = method === 'PUT' && headers['if-none-match'] !== undefined;
  return [method, collection, ...(isNew ? ['if-none-match'] : []), ...(act === 'rename' ? [act] : [])].join(' ');
}

/** A translated message, and what became of the commands of it that could not be read. */
export interface RestTranslation extends Translation {
  /** By position in the message; the commands are the others, in order. */
  readonly unreadable: ReadonlyMap<number, RestOutcome>;
}
