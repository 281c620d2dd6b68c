import type { FeedItem } from '../feed.ts';
import { brokenRows as name } from '../formats/broken-piece.ts';
import { parts } from '../world/records.ts';
import type { Fault } from './fault.ts';
import { withItems } from './items.ts';

/** Records between two broken ones. */
const distance = 3;

export const brokenRows: Fault = {
  name,
  what: 'records that are wrong in one way each, one of every way that the format knows, about nobody of the feed',
  records: (feed, format) =>
    parts.reduce((before, part) => {
      const count = format.broken(part).length;
      return count === 0 ? before : withItems(before, part, (items) => between(items, count));
    }, feed),
};

/** The broken records stand among the others, and behind them where these are too few. */
function* between(items: Iterable<FeedItem>, count: number): Generator<FeedItem> {
  let [index, broken] = [0, 0];
  for (const item of items) {
    yield item;
    index += 1;
    if (index % distance === 0 && broken < count) yield { broken: broken++ };
  }
  while (broken < count) yield { broken: broken++ };
}
