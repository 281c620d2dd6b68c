import { GatewayError } from '../../../domain/problem.ts';
import { malformed, missing } from '../record.ts';
import { requiredSourcedId } from '../sourced-id.ts';
import { children } from '../values.ts';
import { commandAbout, type ImsRequest, type Meaning, type Target } from './request.ts';

/** A request reads at most so many records by their ids. */
const maxReads = 1_000;

/** Reads the records of a `sourcedIdSet`. Blackboard's clients spell it `sourceIdSet`. Of two, one would be lost: throws `invalid_data`. */
export function readsOfSet(target: Target): Meaning {
  return ({ body, quirks }) => {
    const set = setIn(body);
    const setAt = `/${body.name}/${set?.name ?? 'sourcedIdSet'}`;
    const sets = children(body, ...setNames).filter(isFilled);
    if (sets.length > 1) throw malformed('A request has one set', String(sets.length), `count(${setAt})`);
    const at = `${setAt}/sourcedId`;
    const ids = children(set, 'sourcedId', 'sourceId');
    if (ids.length === 0) throw missing('The set of sourcedIds', at);
    if (ids.length > maxReads) {
      const message = `A request reads at most ${maxReads} records: ${at} comes ${ids.length} times.`;
      throw new GatewayError('too_many_results', message, { at });
    }
    return ids.map((id, index) => {
      const place = `${at}[${index + 1}]`;
      const sourcedId = requiredSourcedId(id, 'The sourcedId', place, quirks);
      return commandAbout(target, { verb: 'read', sourcedId, at: place });
    });
  };
}

const setNames = ['sourcedIdSet', 'sourceIdSet'];

/** The set of a request, if it has one: an empty one beside it says nothing. */
export function setIn(body: ImsRequest['body']): ImsRequest['body'] | undefined {
  const sets = children(body, ...setNames);
  return sets.find(isFilled) ?? sets[0];
}

function isFilled(set: ImsRequest['body']): boolean {
  return set.children.length > 0;
}
