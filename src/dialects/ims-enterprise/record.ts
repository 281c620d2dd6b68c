import { GatewayError, type Problem } from '../../domain/problem.ts';
import { isSecretName } from '../../domain/secret-name.ts';
import type { Quirks } from '../../domain/source-system.ts';
import { maxSourcedIdLength } from '../../domain/synthetic-enrollment-id.ts';
import { parseInstant } from '../../formats/dates/index.ts';
import { unpadded } from '../../formats/ims/index.ts';
import type { ReadRecord, ReadStep, StepsOf, TranslatedRecord } from '../../pipeline/plugins/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { attributeOf, booleanOf, child, children, foldedWord, textOf } from './values.ts';

/** A record whose steps are those of an extension point: `person`, `group`, or the `member` of a membership. */
export interface Reading<Fields extends object> extends ReadRecord {
  readonly steps: readonly Step<Fields>[];
}

/** Reads one part of a record into the fields. A record that cannot be taken throws a GatewayError. */
export interface Step<Fields extends object> extends ReadStep {
  read(record: TranslatedRecord, fields: Fields): void;
}

/** What is read of a source system's records, and how. */
export interface ReadingOptions {
  readonly quirks: Quirks;
  /** The steps that read a record; absent: all that there are. */
  readonly stepsOf?: StepsOf | undefined;
}

/** What a record is, before its steps read it. */
export interface Found {
  readonly sourcedId: string;
  readonly element: ElementView;
  /** The XML path of `element`. */
  readonly at: string;
  readonly verb: RecordVerb;
}

/** Runs the steps of a record over its fields, and gives what they had to overlook, behind what is noted already. */
export function readInto<Fields extends object>(
  reading: Reading<Fields>,
  { sourcedId, element, at, verb }: Found,
  fields: Fields,
  { quirks, stepsOf }: ReadingOptions,
  notes: Problem[] = [],
): { notes?: Problem[] } {
  const record: TranslatedRecord = { sourcedId, object: element, at, notes, partial: verb === 'update', quirks };
  if (stepsOf === undefined) for (const step of reading.steps) step.read(record, fields);
  else for (const { made } of stepsOf(reading.point)) made(record, fields as Record<string, unknown>);
  return notes.length === 0 ? {} : { notes };
}

export type RecordVerb = 'replace' | 'update' | 'delete';

/**
 * What `recstatus` asks for: 1 add, 2 update, 3 delete. Not stated (some write 0) is a replace, and so is an add: extracts
 * are sent again and again, and every time each record is an "add". What is none of these must not delete by mistake.
 */
export function verbOf(element: ElementView, at: string): RecordVerb {
  const word = attributeOf(element, 'recstatus') ?? '1';
  switch (foldedWord(word)) {
    case '0':
    case '1':
    case 'add':
      return 'replace';
    case '2':
    case 'update':
      return 'update';
    case '3':
    case 'delete':
      return 'delete';
    default:
      throw malformed('recstatus is 1 (add), 2 (update) or 3 (delete)', word, `${at}/@recstatus`);
  }
}

/** The id of the first `sourcedid` that has one. Its `source` is not looked at: the credentials say who speaks. */
export function sourcedIdOf(element: ElementView | undefined, at: string, quirks: Quirks): string {
  const own = `${at}/sourcedid/id`;
  const id = children(element, 'sourcedid')
    .map((each) => textOf(child(each, 'id')))
    .find((each) => each !== undefined);
  if (id === undefined) throw missing('The sourcedid', own);
  return boundedId(id, own, quirks);
}

/** An id as this gateway knows it. Throws `value_too_long`. */
export function boundedId(id: string, at: string, { trimPadding }: Quirks): string {
  const bytes = Buffer.byteLength(id);
  if (bytes <= maxSourcedIdLength) return unpadded(id, trimPadding);
  const message = `An id has at most ${maxSourcedIdLength} bytes of UTF-8: ${at} has ${bytes}. Shorten it in the SIS.`;
  throw new GatewayError('value_too_long', message, { at });
}

/** The same, where it may be absent. */
export function optionalSourcedId(element: ElementView | undefined, at: string, quirks: Quirks): string | undefined {
  const named = children(element, 'sourcedid').some((each) => textOf(child(each, 'id')) !== undefined);
  return named ? sourcedIdOf(element, at, quirks) : undefined;
}

/** Sets a field that the record states; an absent value leaves it not stated. */
export function state<Fields, Key extends keyof Fields>(
  fields: Fields,
  key: Key,
  value: Fields[Key] | undefined,
): void {
  if (value !== undefined) fields[key] = value;
}

/** Adds a value that has no field of its own; passwords and birth dates go no further. */
export function stateAttribute(
  fields: { attributes?: Record<string, string> | null },
  name: string,
  value: string | undefined,
): void {
  if (value === undefined || isSecretName(name)) return;
  fields.attributes ??= Object.create(null) as Record<string, string>;
  fields.attributes[name] = value;
}

/** `timeframe`: the dates, and whether they restrict who may come when (`restrict`), which is for the LMS to heed. */
export interface TimeFrame {
  startsAt?: string;
  endsAt?: string;
  beginRestrict?: string;
  endRestrict?: string;
  adminPeriod?: string;
}

/** Throws `invalid_data` for what is no date, because to drop it silently would move a course. */
export function timeFrameOf(holder: ElementView, at: string, quirks: Quirks): TimeFrame {
  const found: TimeFrame = {};
  const frame = child(holder, 'timeframe');
  const [begin, end] = [child(frame, 'begin'), child(frame, 'end')];
  state(found, 'startsAt', instantOf(begin, `${at}/timeframe/begin`, quirks));
  state(found, 'endsAt', instantOf(end, `${at}/timeframe/end`, quirks));
  state(found, 'beginRestrict', flagOf(begin && attributeOf(begin, 'restrict')));
  state(found, 'endRestrict', flagOf(end && attributeOf(end, 'restrict')));
  state(found, 'adminPeriod', textOf(child(frame, 'adminperiod')));
  return found;
}

/** `true` or `false` for what is written in several ways; another word as it is. */
export function flagOf(word: string | undefined): string | undefined {
  const flag = booleanOf(word);
  return flag === undefined ? word : String(flag);
}

function instantOf(element: ElementView | undefined, at: string, quirks: Quirks): string | undefined {
  const value = textOf(element);
  if (value === undefined) return undefined;
  const instant = parseInstant(value, quirks);
  if (instant === undefined) throw malformed('This is not a date or a time', value, at);
  return instant;
}

export function missing(what: string, at: string): GatewayError {
  return new GatewayError('incomplete_data', `${what} is missing or empty: ${at} must have a value.`, { at });
}

export function malformed(what: string, value: string, at: string): GatewayError {
  return new GatewayError('invalid_data', `${what}: ${at} is ${JSON.stringify(value.slice(0, 100))}.`, { at });
}
