import { listOf, listsOf, type Meaning, readsOfSet, setIn, targets } from '../../../formats/ims/index.ts';
import type { Entity } from './entities.ts';
import { namedOf } from './objects-of.ts';

/**
 * The operations that every manager has to read its objects, by name. A read of several is one of all where the request
 * names none: for persons the draft has no set at all.
 */
export function readsOf(entity: Entity): [string, Meaning][] {
  const { name } = entity;
  const target = targets[name];
  const ofSet = readsOfSet(target);
  return [
    [`read${name}`, readOne(entity)],
    [
      `read${name}s`,
      (request) => (setIn(request.body) === undefined ? [listOf(target, request, {}, true)] : ofSet(request)),
    ],
    ...listsOf(name),
  ];
}

export function readOne(entity: Entity): Meaning {
  return (request) => namedOf(entity, request).map((named) => entity.read(named));
}
