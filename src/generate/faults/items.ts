import type { BrokenItem, Feed, FeedItem, StatedItem } from '../feed.ts';
import type { EnrollmentRecord, Part, PersonRecord, WorldRecord } from '../world/records.ts';

/** The same feed with other items in one part. */
export function withItems(feed: Feed, part: Part, change: (items: Iterable<FeedItem>) => Iterable<FeedItem>): Feed {
  return { ...feed, items: (wanted) => (wanted === part ? change(feed.items(part)) : feed.items(wanted)) };
}

/** Each item becomes none, one or several. */
export function* flatMapped(
  items: Iterable<FeedItem>,
  change: (item: StatedItem, index: number) => Iterable<FeedItem>,
): Generator<FeedItem> {
  let index = 0;
  for (const item of items) {
    if (isBroken(item)) yield item;
    else yield* change(item, index);
    index += 1;
  }
}

/** Is this one of the five that a fault is done to? They stand apart, and not first, for the first record is looked at most. */
export function isChosen(index: number): boolean {
  return index % 7 === 3 && index < lastChosen;
}

/** From here on none is chosen. */
export const lastChosen = 35;

export function isBroken(item: FeedItem): item is BrokenItem {
  return 'broken' in item;
}

export function personOf(record: WorldRecord): PersonRecord | undefined {
  return record.part === 'person' ? record : undefined;
}

export function enrollmentOf(record: WorldRecord): EnrollmentRecord | undefined {
  return record.part === 'enrollment' ? record : undefined;
}
