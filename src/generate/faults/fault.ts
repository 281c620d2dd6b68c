import type { Feed, FeedFile, FeedFormat, Promised } from '../feed.ts';

/** A way in which feeds go wrong. What it does to the feed it promises, place by place. */
export interface Fault {
  readonly name: string;
  /** For the help, and for the guide. */
  readonly what: string;
  /** The feeds that it can be done to; absent: all. */
  readonly only?: FeedFormat['syntax'];
  /** It is what is missing, which means something in a snapshot only. */
  readonly ofSnapshots?: true;
  /** It is how the bytes are written. */
  readonly ofEncoding?: true;
  /** Changes what is in the feed. */
  records?(feed: Feed, format: FeedFormat): Feed;
  /** Changes how the files are written. */
  files?(files: readonly FeedFile[], format: FeedFormat): readonly FeedFile[];
  /** What is promised of the feed as a whole, and of no place in it. */
  promises?(feed: Feed, format: FeedFormat): readonly Promised[];
}
