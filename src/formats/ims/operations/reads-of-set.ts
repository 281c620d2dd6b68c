import { GatewayError } from '../../../domain/problem.ts';
import { missing } from '../record.ts';
import { requiredSourcedId } from '../sourced-id.ts';
import { child, children } from '../values.ts';
import { commandAbout, type ImsRequest, type Meaning, type Target } from './request.ts';

/** A request reads at most so many records by their ids. */
const maxReads = 1_000;

/** Reads the records of a `sourcedIdSet`. Blackboard's clients spell it `sourceIdSet`. */
export function readsOfSet(target: Target): Meaning {
  return ({ body, quirks }) => {
    const at = `/${body.name}/${setIn(body)?.name ?? 'sourcedIdSet'}/sourcedId`;
    const ids = children(setIn(body), 'sourcedId', 'sourceId');
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

/** The set of a request, if it has one. */
export function setIn(body: ImsRequest['body']): ImsRequest['body'] | undefined {
  return child(body, 'sourcedIdSet', 'sourceIdSet');
}
