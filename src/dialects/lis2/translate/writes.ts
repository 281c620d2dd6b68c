import { commandAbout, idIn } from '../../../formats/ims/index.ts';
import type { LisEntity } from './entities.ts';
import { namedObject, readRecord } from './record-of.ts';
import type { LisMeaning } from './request.ts';

/** The operations that every manager has to write its object, by name. */
export function writesOf(entity: LisEntity): [string, LisMeaning][] {
  return [
    [
      `create${entity.name}`,
      (request) => [
        commandAbout(entity.target, { verb: 'replace', mustNotExist: true, ...readRecord(request, entity, {}) }),
      ],
    ],
    [
      `createByProxy${entity.name}`,
      (request) => [
        commandAbout(entity.target, {
          verb: 'replace',
          allocate: true,
          ...readRecord(request, entity, { allocate: true }),
        }),
      ],
    ],
    [
      `replace${entity.name}`,
      (request) => [commandAbout(entity.target, { verb: 'replace', ...readRecord(request, entity, {}) })],
    ],
    [
      // Additive: what the record holds comes to what is there, in its place where it has one.
      `update${entity.name}`,
      (request) => [
        commandAbout(entity.target, {
          verb: 'update',
          mustExist: true,
          lists: 'add',
          ...readRecord(request, entity, { partial: true }),
        }),
      ],
    ],
    [
      `delete${entity.name}`,
      (request) => [commandAbout(entity.target, { verb: 'delete', ...namedObject(request, entity) })],
    ],
    [
      `change${entity.name}Identifier`,
      (request) => [
        commandAbout(entity.target, {
          verb: 'rename',
          ...idIn(request, 'The sourcedId', 'sourcedId'),
          newSourcedId: idIn(request, 'The new sourcedId', 'newSourcedId').sourcedId,
        }),
      ],
    ],
  ];
}
