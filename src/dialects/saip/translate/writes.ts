import { idIn, type Meaning } from '../../../formats/ims/index.ts';
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
      (request) => [entity.replace({ ...required(entity, request), sourcedId: '' }, { allocate: true })],
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
