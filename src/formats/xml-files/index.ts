/** XML files of any size, record by record. */
export { firstRecord } from './first-record.ts';
export { type FileWish, readXmlFiles, type RefusedWish, refusedWish, type XmlReading } from './read-files.ts';
export type { PlacedElement, RecordShape, XmlRecord } from './record-shape.ts';
