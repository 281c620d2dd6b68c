import type { Problem } from '../../../domain/problem.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import type { LisEntity } from './entities.ts';
import {
  child,
  type ImsRecord,
  missing,
  only,
  passwordNote,
  requiredSourcedId,
  sourcedIdOf,
} from '../../../formats/ims/index.ts';
import type { LisRequest } from './request.ts';

/** What a record says of its object. */
export interface Statement {
  readonly sourcedId: string;
  readonly at: string;
  readonly fields: object;
  readonly notes?: Problem[];
}

export interface Reading {
  /** An update: what the record does not hold is left. */
  readonly partial?: boolean;
  /** The gateway gives the sourcedId; one that the record has is not looked at (Turnitin sends an empty one). */
  readonly allocate?: boolean;
}

/** Reads the record of a create, an update or a replace. */
export function readRecord(
  request: LisRequest,
  entity: LisEntity,
  { partial = false, allocate = false }: Reading,
): Statement {
  const { quirks, stepsOf } = request;
  const { record, element, at } = recordOf(request.body, entity.element);
  if (element === undefined) throw missing(`The ${entity.element}`, at);
  const sourcedId = allocate ? '' : keyOf(request, entity, { record, element, at });
  const notes: Problem[] = [];
  const fields = {};
  const lis: ImsRecord = { sourcedId, object: element, at, notes, partial, quirks };
  if (stepsOf === undefined) for (const step of entity.steps) step.read(lis, fields);
  else for (const { made } of stepsOf(entity)) made(lis, fields);
  const password = entity.target.entity === 'user' ? passwordNote(element, at) : undefined;
  if (password !== undefined) notes.push(password);
  return { sourcedId, at, fields, ...(notes.length === 0 ? {} : { notes }) };
}

/** The key of a delete or a read is the operation's sourcedId; PeopleSoft sends the whole record with a delete. */
export function namedObject({ body, quirks }: LisRequest, entity: LisEntity): { sourcedId: string; at: string } {
  const at = `/${body.name}/sourcedId`;
  const own = sourcedIdOf(child(body, 'sourcedId'), at, quirks);
  if (own !== undefined) return { sourcedId: own, at };
  const { record, element } = recordOf(body, entity.element);
  const inside = child(child(record, 'sourcedGUID'), 'sourcedId') ?? child(element, 'sourcedId');
  return { sourcedId: requiredSourcedId(inside, 'The sourcedId', at, quirks), at };
}

interface Found {
  readonly record: ElementView | undefined;
  readonly element: ElementView | undefined;
  readonly at: string;
}

/** The key is the record's own sourcedId; the operation's is a fallback, and often differs (Blackboard). */
function keyOf({ body, quirks }: LisRequest, entity: LisEntity, { record, element, at }: Found): string {
  const guid = child(child(record, 'sourcedGUID'), 'sourcedId');
  return (
    sourcedIdOf(guid, `/${body.name}/${entity.element}Record/sourcedGUID/sourcedId`, quirks) ??
    sourcedIdOf(child(element, 'sourcedId'), `${at}/sourcedId`, quirks) ??
    requiredSourcedId(child(body, 'sourcedId'), 'The sourcedId', `/${body.name}/sourcedId`, quirks)
  );
}

/** `personRecord/person`; the 2007 draft has no record around the object. Throws `invalid_data` for several. */
function recordOf(body: ElementView, name: string): Found {
  const [recordAt, objectAt] = [`/${body.name}/${name}Record`, `/${body.name}/${name}`];
  const record = only(body, `${name}Record`, recordAt);
  if (record !== undefined) {
    const at = `${recordAt}/${name}`;
    return { record, element: only(record, name, at), at };
  }
  const element = only(body, name, objectAt);
  return { record, element, at: element === undefined ? recordAt : objectAt };
}
