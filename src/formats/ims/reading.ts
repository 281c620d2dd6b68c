import type { Problem } from '../../domain/problem.ts';
import type { Quirks } from '../../domain/source-system.ts';
import { passwordNote } from './password.ts';
import type { ImsRecord, Step } from './record.ts';
import type { ElementView } from '../../pipeline/ports.ts';

/** How the objects of one kind are read. */
export interface Reading<Fields> {
  /** The element: `courseSection`. */
  readonly object: string;
  start(): Fields;
  readonly steps: readonly Step<Fields>[];
  /** Throws `incomplete_data` for what a whole record must state; an update need not. */
  complete(record: ImsRecord, fields: Fields): void;
}

/** An object of a message, and the sourcedId that it goes by. */
export interface About {
  readonly sourcedId: string;
  readonly object: ElementView;
  readonly at: string;
  readonly quirks: Quirks;
}

/** A record as read: its fields, and what had to be overlooked. */
export interface Read<Fields> {
  readonly sourcedId: string;
  readonly at: string;
  readonly fields: Fields;
  readonly notes?: Problem[];
}

/** Reads an object into fields. Throws GatewayError for what cannot be taken. */
export function readRecord<Fields>(
  reading: Reading<Fields>,
  about: About,
  options: { readonly whole: boolean },
): Read<Fields> {
  const notes: Problem[] = [];
  const record: ImsRecord = { ...about, notes, partial: !options.whole };
  const fields = reading.start();
  for (const step of reading.steps) step.read(record, fields);
  if (options.whole) reading.complete(record, fields);
  const { sourcedId, object, at } = about;
  const password = reading.object === 'person' ? passwordNote(object, at) : undefined;
  if (password !== undefined) notes.push(password);
  return { sourcedId, at, fields, ...(notes.length === 0 ? {} : { notes }) };
}
