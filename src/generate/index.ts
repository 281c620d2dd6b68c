/** Feeds of a university that does not exist, of any size, for tests, benchmarks and trials. */
export { type CsvForm, csvForms } from './excel.ts';
export { faults, type Fault } from './faults/index.ts';
export { type FeedFormat, type Lack, onlyAsked, type Told } from './feed.ts';
export { formats } from './formats/index.ts';
export { shapeOf } from './world/shape.ts';
export { type FeedWanted, makeFeed, type MadeFeed } from './make-feed.ts';
export { chunksOf, type Target, writeFeed, type WrittenFeed } from './write-feed.ts';
