import { GatewayError, type Problem } from '../../domain/problem.ts';
import type { Quirks } from '../../domain/source-system.ts';
import type { ElementView } from '../../pipeline/ports.ts';

/** One record on its way through the steps of its translator. */
export interface ImsRecord {
  /** Empty where the gateway gives it. */
  readonly sourcedId: string;
  /** `person`, `group`, `courseSection`...: what the record holds. */
  readonly object: ElementView;
  /** The XML path of `object`. */
  readonly at: string;
  /** What had to be overlooked. */
  readonly notes: Problem[];
  /** An update: it states what it holds and nothing else, and may hold little. */
  readonly partial: boolean;
  readonly quirks: Quirks;
}

/** Reads one part of a record into the fields. A record that cannot be taken throws one of the errors below. */
export interface Step<Fields> {
  readonly name: string;
  /** No list may do without it. */
  readonly required?: true;
  /** What it reads becomes attributes. */
  readonly attributesOnly?: true;
  read(record: ImsRecord, fields: Partial<Fields>): void;
}

/** What a whole record must have, and an update may. Throws `incomplete_data`. */
export function demanded<T>(record: ImsRecord, value: T | undefined, what: string, at: string): T | undefined {
  if (value === undefined && !record.partial) throw missing(what, at);
  return value;
}

/** Sets a field that the record states; an absent value leaves it not stated. */
export function state<Fields, Key extends keyof Fields>(
  fields: Fields,
  key: Key,
  value: Fields[Key] | undefined,
): void {
  if (value !== undefined) fields[key] = value;
}

/** The code of an org unit is its sourcedId; where the gateway gives that one, it gives the code with it. */
export function stateOwnCode({ sourcedId, partial }: ImsRecord, fields: { code?: string | null }): void {
  if (!partial && sourcedId !== '') fields.code = sourcedId;
}

/** Adds a value that has no field of its own under the name that LIS gives it. */
export function stateAttribute(
  fields: { attributes?: Record<string, string> | null },
  name: string,
  value: string | undefined,
): void {
  if (value === undefined) return;
  fields.attributes ??= Object.create(null) as Record<string, string>;
  fields.attributes[name] = value;
}

export function missing(what: string, at: string): GatewayError {
  return new GatewayError('incomplete_data', `${what} is missing or empty: ${at} must have a value.`, { at });
}

export function malformed(what: string, value: string, at: string): GatewayError {
  return new GatewayError('invalid_data', `${what}: ${at} is ${JSON.stringify(value.slice(0, 100))}.`, { at });
}

export function overlooked(record: ImsRecord, what: string, value: string, at: string): void {
  const message = `${what}, so that it is not used: ${at} is ${JSON.stringify(value.slice(0, 100))}.`;
  record.notes.push({ code: 'invalid_data', message, at });
}
