import { type About, children, idIn, type ImsRequest, malformed, type Meaning } from '../../../formats/ims/index.ts';
import type { Entity } from './entities.ts';
import { namedOf, objectsOf, required } from './objects-of.ts';

/** The operations that every manager has to write its object, by name. */
export function writesOf(entity: Entity): [string, Meaning][] {
  const { name } = entity;
  return [
    [
      `create${name}`,
      (request) => objectsOf(entity, request).map((about) => entity.replace(about, { mustNotExist: true })),
    ],
    [
      `createByProxy${name}`,
      (request) => [entity.replace({ ...oneOf(entity, request), sourcedId: '' }, { allocate: true })],
    ],
    [`replace${name}`, (request) => objectsOf(entity, request).map((about) => entity.replace(about))],
    [`update${name}`, (request) => objectsOf(entity, request).map((about) => entity.update(about))],
    [`delete${name}`, (request) => namedOf(entity, request).map((named) => entity.delete(named))],
    [
      `change${name}Identifier`,
      (request) => [
        entity.rename(
          idIn(request, 'The sourcedId', 'sourcedId'),
          idIn(request, 'The new sourcedId', 'newSourcedId').sourcedId,
        ),
      ],
    ],
  ];
}

/** The gateway gives one id: to a membership of several members it would have to give several. */
function oneOf(entity: Entity, request: ImsRequest): Omit<About, 'sourcedId'> {
  const found = required(entity, request);
  const members = children(found.object, 'members').length;
  if (entity.object === 'membership' && members > 1)
    throw malformed('A create by proxy is about one member', String(members), `count(${found.at}/members)`);
  return found;
}
