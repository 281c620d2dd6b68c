import { GatewayError } from '../../../domain/problem.ts';
import { person, type LisEntity } from './entities.ts';
import { listOf, type ListFilter } from './lists.ts';
import { parseQuery } from './query.ts';
import { child, children, missing, requiredSourcedId } from '../../../formats/ims/index.ts';
import { namedObject } from './record-of.ts';
import { commandAbout, type LisRequest, type Meaning } from './request.ts';
import { savePointIn } from './save-point.ts';

/** A request reads at most so many records by their ids. */
export const maxReads = 1_000;

/** The operations that every manager has to read its objects, by name. */
export function readsOf(entity: LisEntity): [string, Meaning][] {
  const { name } = entity;
  const list = (filterOf: (request: LisRequest) => ListFilter, records?: true): Meaning => {
    return (request) => [listOf(entity, request, filterOf(request), records)];
  };
  const changed = (request: LisRequest): ListFilter => ({ changedSince: savePointIn(request) });
  return [
    [`read${name}`, readOne(entity)],
    [`readAll${name}Ids`, list(() => ({}))],
    [`read${name}s`, readMany(entity)],
    [`read${name}IdsFromSavePoint`, list(changed)],
    [`read${name}sFromSavePoint`, list(changed, true)],
    [`discover${name}Ids`, list((request) => parseQuery(request, entity))],
  ];
}

export const readPersonCore: [string, Meaning] = ['readPersonCore', readOne(person)];

function readOne(entity: LisEntity): Meaning {
  return (request) => [commandAbout(entity, { verb: 'read', ...namedObject(request, entity) })];
}

/** Blackboard's clients spell the set `sourceIdSet`. */
function readMany(entity: LisEntity): Meaning {
  return ({ body, quirks }) => {
    const set = child(body, 'sourcedIdSet', 'sourceIdSet');
    const at = `/${body.name}/${set?.name ?? 'sourcedIdSet'}/sourcedId`;
    const ids = children(set, 'sourcedId', 'sourceId');
    if (ids.length === 0) throw missing('The set of sourcedIds', at);
    if (ids.length > maxReads) {
      const message = `A request reads at most ${maxReads} records: ${at} comes ${ids.length} times.`;
      throw new GatewayError('too_many_results', message, { at });
    }
    return ids.map((id, index) => {
      const place = `${at}[${index + 1}]`;
      const sourcedId = requiredSourcedId(id, 'The sourcedId', place, quirks);
      return commandAbout(entity, { verb: 'read', sourcedId, at: place });
    });
  };
}
