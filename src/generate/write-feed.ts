import { createWriteStream, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeZip } from '../formats/zip/index.ts';
import { encode } from './encode.ts';
import type { FeedFile, Told } from './feed.ts';
import type { MadeFeed } from './make-feed.ts';
import { instantOfDay } from './world/calendar.ts';

export interface WrittenFile {
  readonly name: string;
  readonly lines: number;
  readonly sizeBytes: number;
}

/** What was written, and what is to be found in it. */
export interface WrittenFeed {
  readonly files: readonly WrittenFile[];
  readonly told: readonly Told[];
}

/** Where a feed goes. A file holds a feed of one file. */
export type Target =
  | { readonly folder: string }
  | { readonly zip: string }
  | { readonly file: string }
  | { readonly stream: Writable; readonly as: 'zip' | 'file' };

/** Writes a feed in bounded memory: the same feed, the same bytes. */
export async function writeFeed({ feed, files, promised }: MadeFeed, target: Target): Promise<WrittenFeed> {
  const told: Told[] = [...promised];
  const written: WrittenFile[] = [];
  const bytesOf = (file: FeedFile): Readable => {
    return Readable.from(
      chunksOf(
        file,
        (one) => told.push(one),
        (one) => written.push(one),
      ),
    );
  };
  if ('zip' in target || ('as' in target && target.as === 'zip')) {
    const members = files.map((file) => ({ name: file.name, open: () => bytesOf(file) }));
    const zip = writeZip(members, instantOfDay(feed.shape.year, feed.day));
    await pipeline(zip, 'zip' in target ? createWriteStream(target.zip) : target.stream);
    return { files: written, told };
  }
  if ('folder' in target && !existsSync(target.folder)) await mkdir(target.folder);
  for (const file of files) await pipeline(bytesOf(file), openFor(file, target));
  return { files: written, told };
}

function openFor({ name }: FeedFile, target: Exclude<Target, { zip: string }>): Writable {
  if ('stream' in target) return target.stream;
  return createWriteStream('folder' in target ? join(target.folder, name) : target.file);
}

const chunkChars = 65_536;

/** The bytes of a file; what is promised is told with its place as soon as it is written. */
export function* chunksOf(
  file: FeedFile,
  tell: (told: Told) => void,
  done?: (written: WrittenFile) => void,
): Generator<Buffer> {
  let [lines, sizeBytes, text] = [0, 0, ''];
  const flush = (): Buffer => {
    const bytes = encode(text, file.encoding);
    sizeBytes += bytes.length;
    text = '';
    return bytes;
  };
  for (const piece of file.pieces()) {
    if (piece.promised !== undefined) tell({ ...piece.promised, file: file.name, line: lines + 1 });
    text += piece.text;
    lines += lineEnds(piece.text);
    if (text.length >= chunkChars) yield flush();
  }
  if (text !== '') yield flush();
  done?.({ name: file.name, lines, sizeBytes });
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
