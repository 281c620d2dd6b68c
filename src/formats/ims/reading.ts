import type { Problem } from '../../domain/problem.ts';
import type { Quirks } from '../../domain/source-system.ts';
import { passwordNote } from './password.ts';
import type { ImsRecord, Step } from './record.ts';
import type { ReadRecord, StepsOf } from '../../pipeline/plugins/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';

/** How the objects of one kind are read: the steps of an extension point. */
export interface Reading<Fields> extends ReadRecord {
  /** The element: `courseSection`. */
  readonly object: string;
  start(): Fields;
  readonly steps: readonly Step<Fields>[];
}

/** An object of a message, and the sourcedId that it goes by. */
export interface About {
  readonly sourcedId: string;
  readonly object: ElementView;
  readonly at: string;
  readonly quirks: Quirks;
  /** The steps that read it; absent: all that there are. */
  readonly stepsOf?: StepsOf | undefined;
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
  const { sourcedId, object, at, quirks, stepsOf } = about;
  const notes: Problem[] = [];
  const record: ImsRecord = { sourcedId, object, at, quirks, notes, partial: !options.whole };
  const fields = reading.start();
  if (stepsOf === undefined) for (const step of reading.steps) step.read(record, fields);
  else for (const { made } of stepsOf(reading.point)) made(record, fields as Record<string, unknown>);
  const password = reading.object === 'person' ? passwordNote(object, at) : undefined;
  if (password !== undefined) notes.push(password);
  return { sourcedId, at, fields, ...(notes.length === 0 ? {} : { notes }) };
}
