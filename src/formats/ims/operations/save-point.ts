import { GatewayError } from '../../../domain/problem.ts';
import { parseInstant } from '../../dates/index.ts';
import { child, textOf } from '../values.ts';
import type { ImsRequest } from './request.ts';

/**
 * The save point of a request, as an instant: D2L's `YYYY-MM-DDTHH:MM:SS.NNN`, or any xs:dateTime; without a zone it is
 * UTC, as our own save points are. Throws `save_point_invalid`.
 */
export function savePointIn({ body }: ImsRequest): string {
  const at = `/${body.name}/fromSavePoint`;
  const value = textOf(child(body, 'fromSavePoint'));
  const instant = value === undefined ? undefined : parseInstant(value);
  if (instant !== undefined) return instant;
  const found = value === undefined ? 'is missing or empty' : `is ${JSON.stringify(value.slice(0, 100))}`;
  const message = `A save point is that of the last answer, or an instant as YYYY-MM-DDTHH:MM:SS.NNN: ${at} ${found}.`;
  throw new GatewayError('save_point_invalid', message, { at });
}

/** D2L wants `YYYY-MM-DDTHH:MM:SS.NNN`: UTC, with milliseconds, without a zone. It is a valid xs:dateTime. */
export function savePointText(instant: string): string {
  return new Date(instant).toISOString().slice(0, -1);
}
