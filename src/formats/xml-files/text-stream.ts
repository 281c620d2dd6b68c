import { isUtf8 } from 'node:buffer';
import { encodingByHead } from '../xml/index.ts';

/** As much of a file as its encoding is told by. */
const headBytes = 200;

/** Some text of a file; `fault` says why there is no more. */
export interface DecodedText {
  readonly text: string;
  readonly fault?: string;
}

/** The text of an XML file, block by block, in the encoding that its first bytes tell. Lives for one file. */
export class TextStream {
  #waiting: Buffer = Buffer.alloc(0);
  #decode: ((bytes: Buffer, last: boolean) => DecodedText) | undefined;

  /** The text that is complete by now. The last block may be empty. */
  next(block: Buffer, last: boolean): DecodedText {
    if (this.#decode !== undefined) return this.#decode(block, last);
    this.#waiting = Buffer.concat([this.#waiting, block]);
    if (this.#waiting.length < headBytes && !last) return { text: '' };
    const encoding = encodingByHead(this.#waiting);
    if (encoding === undefined)
      return { text: '', fault: 'The character encoding that its first line names cannot be read here; send UTF-8.' };
    this.#decode = encoding === 'utf-8' ? utf8Decoder() : otherDecoder(encoding);
    return this.#decode(this.#waiting, last);
  }
}

/** Tells where the bytes go wrong: the text before is given with the fault. */
function utf8Decoder(): (bytes: Buffer, last: boolean) => DecodedText {
  let begun: Buffer = Buffer.alloc(0);
  let isFirst = true;
  return (bytes, last) => {
    const all = begun.length === 0 ? bytes : Buffer.concat([begun, bytes]);
    const whole = all.subarray(0, last ? all.length : completeLength(all));
    begun = Buffer.from(all.subarray(whole.length));
    const valid = isUtf8(whole) ? whole : whole.subarray(0, validLength(whole));
    const text = valid.toString('utf8', isFirst && valid[0] === 0xef && valid[1] === 0xbb && valid[2] === 0xbf ? 3 : 0);
    if (valid.length > 0) isFirst = false;
    return valid.length === whole.length ? { text } : { text, fault: notIn('UTF-8') };
  };
}

/** Without a character that has only begun at the end. */
function completeLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function sequenceLength(lead: number): number {
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** How many of the bytes are UTF-8, by halving. */
function validLength(bytes: Buffer): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const part = bytes.subarray(0, middle);
    if (isUtf8(part.subarray(0, completeLength(part)))) good = middle;
    else bad = middle;
  }
  return completeLength(bytes.subarray(0, good));
}

function otherDecoder(encoding: string): (bytes: Buffer, last: boolean) => DecodedText {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes, last) => {
    try {
      return { text: decoder.decode(bytes, { stream: !last }) };
    } catch (error) {
      if (error instanceof TypeError) return { text: '', fault: notIn(encoding.toUpperCase()) };
      throw error;
    }
  };
}

function notIn(encoding: string): string {
  return `The bytes from here on are not ${encoding}; what stands before was read. Write the file in UTF-8, or name its encoding in its first line.`;
}
