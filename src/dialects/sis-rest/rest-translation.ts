import type { Message, Translation } from '../../pipeline/ports.ts';
import type { RestOutcome } from './reply.ts';

export const dialectName = 'sis-rest';
const root = '/sis/v1/';
export const messagesPath = `${root}messages`;

/** `PUT users`, `POST messages`: the operation of a call, as the journal has it. */
export function operationOf({ method, path }: Pick<Message, 'method' | 'path'>): string {
  const [collection = ''] = path.slice(root.length).split(/[/?]/);
  return `${method} ${collection}`;
}

/** A translated message, and what became of the commands of it that could not be read. */
export interface RestTranslation extends Translation {
  /** By position in the message; the commands are the others, in order. */
  readonly unreadable: ReadonlyMap<number, RestOutcome>;
}
