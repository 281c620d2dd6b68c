import { GatewayError } from '../../../domain/problem.ts';
import { parseInstant } from '../../../formats/dates/index.ts';
import type { LisRequest } from './request.ts';
import { child, textOf } from '../../../formats/ims/index.ts';

/**
 * The save point of a request, as an instant: D2L's `YYYY-MM-DDTHH:MM:SS.NNN`, or any xs:dateTime; without a zone it is
 * UTC, as our own save points are. Throws `save_point_invalid`.
 */
export function savePointIn({ body }: LisRequest): string {
  const at = `/${body.name}/fromSavePoint`;
  const value = textOf(child(body, 'fromSavePoint'));
  const instant = value === undefined ? undefined : parseInstant(value);
  if (instant !== undefined) return instant;
  const found = value === undefined ? 'is missing or empty' : `is ${JSON.stringify(value.slice(0, 100))}`;
  const message = `A save point is that of the last answer, or an instant as YYYY-MM-DDTHH:MM:SS.NNN: ${at} ${found}.`;
  throw new GatewayError('save_point_invalid', message, { at });
}
