import { GatewayError } from '../../../domain/problem.ts';
import { type About, idIn, type ImsRequest, missing, only, onlyId, sourcedIdOf } from '../../../formats/ims/index.ts';
import type { StepsOf } from '../../../pipeline/plugins/index.ts';
import type { Entity, Named } from './entities.ts';
import { maxRecords } from './snapshot.ts';

/** A request, and the steps that read its records; absent: all that there are. */
export interface SaipRequest extends ImsRequest {
  readonly stepsOf?: StepsOf | undefined;
}

/** The object of the request, which repeats its sourcedId; the operation's is a fallback. Two in one place are refused. */
export function objectsOf(entity: Entity, request: SaipRequest): About[] {
  const found = required(entity, request);
  const { object, quirks } = found;
  onlyId(request.body, `/${request.body.name}/sourcedId`, 'sourcedId');
  const at = `${found.at}/sourcedId`;
  const own = sourcedIdOf(onlyId(object, at, 'sourcedId'), at, quirks);
  return splitOf(entity, { ...found, sourcedId: own ?? named(request).sourcedId });
}

/** The object of the request; its sourcedId is not looked at. Throws `incomplete_data`. */
export function required({ object }: Entity, { body, quirks, stepsOf }: SaipRequest): Omit<About, 'sourcedId'> {
  const at = `/${body.name}/${object}`;
  const element = only(body, object, at);
  if (element === undefined) throw missing(`The ${object}`, at);
  return { object: element, at, quirks, stepsOf };
}

/** The key of a delete or a read is the operation's sourcedId; a whole membership of several members names each of them. */
export function namedOf(entity: Entity, request: SaipRequest): Named[] {
  const { body, quirks } = request;
  const at = `/${body.name}/sourcedId`;
  const object = only(body, entity.object, `/${body.name}/${entity.object}`);
  if (object === undefined) return [named(request)];
  const inside = onlyId(object, `/${body.name}/${entity.object}/sourcedId`, 'sourcedId');
  const sourcedId = sourcedIdOf(onlyId(body, at, 'sourcedId') ?? inside, at, quirks);
  if (sourcedId === undefined) throw missing('The sourcedId', at);
  return splitOf(entity, { sourcedId, object, at, quirks }).map((about) => ({ sourcedId: about.sourcedId, at }));
}

/** One membership in a message has as many members as a snapshot has records. */
function splitOf(entity: Entity, about: About): About[] {
  const records = entity.split(about);
  if (records.length <= maxRecords) return records;
  const message = `The ${entity.object} has ${records.length} members; at most ${maxRecords} are taken in one message. Send it in several.`;
  throw new GatewayError('payload_too_large', message, { at: about.at });
}

function named(request: SaipRequest): Named {
  return idIn(request, 'The sourcedId', 'sourcedId');
}
