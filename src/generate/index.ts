/** Feeds of a university that does not exist, of any size, for tests, benchmarks and trials. */
export { faults, type Fault } from './faults/index.ts';
export type { FeedFormat, Told } from './feed.ts';
export { formats } from './formats/index.ts';
export { type FeedWanted, makeFeed, type MadeFeed } from './make-feed.ts';
export { chunksOf, type Target, writeFeed, type WrittenFeed } from './write-feed.ts';
