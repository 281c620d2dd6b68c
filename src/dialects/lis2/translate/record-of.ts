import type { Problem } from '../../../domain/problem.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import type { LisEntity } from './entities.ts';
import {
  child,
  type ImsRecord,
  missing,
  only,
  onlyId,
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
  const found = recordOf(request.body, entity.element);
  const { element, at } = found;
  if (element === undefined) throw missing(`The ${entity.element}`, at);
  const sourcedId = allocate ? '' : keyOf(request, entity, found);
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
  const own = sourcedIdOf(onlyId(body, at, 'sourcedId'), at, quirks);
  if (own !== undefined) return { sourcedId: own, at };
  const found = recordOf(body, entity.element);
  const inside = guidOf(body, entity, found) ?? onlyId(found.element, `${found.at}/sourcedId`, 'sourcedId');
  return { sourcedId: requiredSourcedId(inside, 'The sourcedId', at, quirks), at };
}

interface Found {
  readonly record: ElementView | undefined;
  readonly element: ElementView | undefined;
  readonly at: string;
}

/** The key is the record's own sourcedId; the operation's is a fallback, and often differs (Blackboard). Several of a place are refused. */
function keyOf({ body, quirks }: LisRequest, entity: LisEntity, found: Found): string {
  const [ownAt, insideAt] = [`/${body.name}/sourcedId`, `${found.at}/sourcedId`];
  const own = onlyId(body, ownAt, 'sourcedId');
  return (
    sourcedIdOf(guidOf(body, entity, found), guidAt(body, entity), quirks) ??
    sourcedIdOf(onlyId(found.element, insideAt, 'sourcedId'), insideAt, quirks) ??
    requiredSourcedId(own, 'The sourcedId', ownAt, quirks)
  );
}

function guidOf(body: ElementView, entity: LisEntity, { record }: Found): ElementView | undefined {
  return onlyId(child(record, 'sourcedGUID'), guidAt(body, entity), 'sourcedId');
}

function guidAt(body: ElementView, entity: LisEntity): string {
  return `/${body.name}/${entity.element}Record/sourcedGUID/sourcedId`;
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
