import { commandAbout, listsOf, readsOfSet } from '../../../formats/ims/index.ts';
import { person, type LisEntity } from './entities.ts';
import { namedObject } from './record-of.ts';
import type { LisMeaning } from './request.ts';

/** The operations that every manager has to read its objects, by name. */
export function readsOf(entity: LisEntity): [string, LisMeaning][] {
  const { name, target } = entity;
  return [[`read${name}`, readOne(entity)], [`read${name}s`, readsOfSet(target)], ...listsOf(name)];
}

export const readPersonCore: [string, LisMeaning] = ['readPersonCore', readOne(person)];

function readOne(entity: LisEntity): LisMeaning {
  return (request) => [commandAbout(entity.target, { verb: 'read', ...namedObject(request, entity) })];
}
