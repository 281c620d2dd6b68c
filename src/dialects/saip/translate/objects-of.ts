import { type About, child, idIn, type ImsRequest, missing, sourcedIdOf } from '../../../formats/ims/index.ts';
import type { Entity, Named } from './entities.ts';

/** The object of the request, which repeats its sourcedId; the operation's is a fallback. */
export function objectsOf(entity: Entity, request: ImsRequest): About[] {
  const found = required(entity, request);
  const { object, at, quirks } = found;
  const own = sourcedIdOf(child(object, 'sourcedId'), `${at}/sourcedId`, quirks);
  return entity.split({ ...found, sourcedId: own ?? named(request).sourcedId });
}

/** The object of the request; its sourcedId is not looked at. Throws `incomplete_data`. */
export function required({ object }: Entity, { body, quirks }: ImsRequest): Omit<About, 'sourcedId'> {
  const at = `/${body.name}/${object}`;
  const element = child(body, object);
  if (element === undefined) throw missing(`The ${object}`, at);
  return { object: element, at, quirks };
}

/** The key of a delete or a read is the operation's sourcedId; a whole membership of several members names each of them. */
export function namedOf(entity: Entity, request: ImsRequest): Named[] {
  const { body, quirks } = request;
  const at = `/${body.name}/sourcedId`;
  const object = child(body, entity.object);
  if (object === undefined) return [named(request)];
  const own = sourcedIdOf(child(body, 'sourcedId'), at, quirks);
  const sourcedId = own ?? sourcedIdOf(child(object, 'sourcedId'), at, quirks);
  if (sourcedId === undefined) throw missing('The sourcedId', at);
  return entity.split({ sourcedId, object, at, quirks }).map((about) => ({ sourcedId: about.sourcedId, at }));
}

function named(request: ImsRequest): Named {
  return idIn(request, 'The sourcedId', 'sourcedId');
}
