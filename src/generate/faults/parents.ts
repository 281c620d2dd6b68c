import type { Feed, FeedFormat, FeedItem, StatedItem } from '../feed.ts';
import type { Part } from '../world/records.ts';
import type { Fault } from './fault.ts';
import { flatMapped, isBroken, withItems } from './items.ts';

const lateParts: readonly Part[] = ['department', 'template'];

/** The second department and the second template. */
const lateIndex = 1;
const missingIndex = 2;

export const lateParents: Fault = {
  name: 'late-parents',
  what: 'a department and a course template come at the very end, behind everything that needs them',
  records(feed, format) {
    const kept = (items: Iterable<FeedItem>) => flatMapped(items, (item, index) => (index === lateIndex ? [] : [item]));
    const changed = lateParts.reduce((before, part) => withItems(before, part, kept), feed);
    return { ...changed, late: () => lateItems(feed, format) };
  },
};

function* lateItems(feed: Feed, format: FeedFormat): Generator<StatedItem> {
  yield* feed.late();
  for (const part of lateParts) {
    let index = 0;
    for (const item of feed.items(part)) {
      if (index === lateIndex && !isBroken(item)) {
        const what = 'comes behind what needs it; in the end nothing waits for it';
        yield { ...item, promised: { fault: lateParents.name, found: 'nowhere', ...format.wireId(item.record), what } };
        break;
      }
      index += 1;
    }
  }
}

export const missingParents: Fault = {
  name: 'missing-parents',
  what: 'a department never comes; its course templates are placed without it',
  records: (feed) =>
    withItems(feed, 'department', (items) =>
      flatMapped(items, (item, index) => (index === missingIndex ? [] : [item])),
    ),
  promises(feed, format) {
    const missing = nth(feed.items('department'), missingIndex);
    if (missing?.record.part !== 'department') return [];
    const { id } = missing.record;
    let count = 0;
    for (const item of feed.items('template'))
      if (!isBroken(item) && item.record.part === 'template' && item.record.department === id) count += 1;
    const { kind } = format.wireId({ part: 'template', id: '', name: '' });
    const what = `the department ${id} never comes: its course templates are placed without it`;
    return [{ fault: missingParents.name, found: 'run', code: 'waiting_for_parent', count, kind, what }];
  },
};

function nth(items: Iterable<FeedItem>, wanted: number): StatedItem | undefined {
  let index = 0;
  for (const item of items) {
    if (index === wanted) return isBroken(item) ? undefined : item;
    index += 1;
  }
  return undefined;
}
