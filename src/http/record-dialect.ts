import type { Command } from '../domain/command.ts';
import type { Message, SourceSystem, Translation } from '../pipeline/ports.ts';
import type { RestOutcome } from './rest-dialect.ts';

/** A dialect whose records are posted as bare XML, as far as the door needs it. */
export interface RecordDialect {
  readonly name: string;
  /** Its one address. */
  readonly path: string;
  /** A message is one record: its outcome is the answer's status. */
  readonly single: boolean;
  /** XML is taken that is announced as text, bytes or a form, too. */
  readonly takesUndeclaredXml: boolean;
  readonly summary: string;
  readonly description: string;
  /** What a message wishes. Throws GatewayError. */
  translate(message: Message, source: SourceSystem): RecordTranslation;
}

/** A translation, and what became of the records that could not be read, by their place among all. */
export interface RecordTranslation extends Translation {
  readonly unreadable: ReadonlyMap<number, RecordOutcome>;
}

/** What became of one record. Of one that could not be read, it repeats what could. */
export interface RecordOutcome extends RestOutcome {
  readonly verb: Command['verb'] | null;
  readonly entity: Command['entity'] | null;
  readonly kind: Command['kind'] | null;
  readonly sourcedId: string | null;
  readonly lmsId?: string;
  /** The XML path of the record in its message. */
  readonly at?: string;
}
