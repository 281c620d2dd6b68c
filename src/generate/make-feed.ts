import { type CsvForm, savedAs } from './excel.ts';
import { type Fault, faults as allFaults } from './faults/index.ts';
import type { Feed, FeedFile, FeedFormat, Promised } from './feed.ts';
import { type ChosenShape, shapeOf } from './world/shape.ts';
import { type Days, World } from './world/world.ts';

export interface FeedWanted extends ChosenShape, Days {
  readonly format: FeedFormat;
  readonly faults: readonly Fault[];
  /** Of CSV files; absent: plain. */
  readonly csv?: CsvForm;
}

/** A feed that is ready to be written: its files, and what is promised of it beside the places in them. */
export interface MadeFeed {
  readonly feed: Feed;
  readonly files: readonly FeedFile[];
  readonly promised: readonly Promised[];
}

/** Makes a feed, of which nothing is kept: files are made as they are read. */
export function makeFeed({ format, faults, csv = 'plain', day, since, ...shape }: FeedWanted): MadeFeed {
  const world = new World(shapeOf(shape));
  const days: Days = since === undefined ? { day } : { day, since };
  const right: Feed = {
    shape: world.shape,
    day,
    isSnapshot: since === undefined,
    items: (part) => world.records(part, days),
    late: () => [],
  };
  const done = allFaults.filter((fault) => faults.includes(fault));
  const promised: Promised[] = [];
  let feed = right;
  for (const fault of done) {
    promised.push(...(fault.promises?.(feed, format) ?? []));
    feed = fault.records?.(feed, format) ?? feed;
  }
  let files = format.files(feed);
  for (const fault of done) files = fault.files?.(files, format) ?? files;
  return { feed, files: savedAs(files, csv), promised };
}
