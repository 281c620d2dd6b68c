import type { Translation } from '../../pipeline/ports.ts';
import type { RestOutcome } from './reply.ts';

export const dialectName = 'sis-rest';
export const messagesPath = '/sis/v1/messages';

/** A translated message, and what became of the commands of it that could not be read. */
export interface RestTranslation extends Translation {
  /** By position in the message; the commands are the others, in order. */
  readonly unreadable: ReadonlyMap<number, RestOutcome>;
}
