import { isUtf8 } from 'node:buffer';
import { encodingByHead, textDecoder } from '../xml/index.ts';

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
  #decode: Decode | undefined;

  /** The text that is complete by now. The last block may be empty. */
  next(block: Buffer, last: boolean): DecodedText {
    if (this.#decode !== undefined) return this.#decode(block, last);
    this.#waiting = Buffer.concat([this.#waiting, block]);
    if (this.#waiting.length < headBytes && !last) return { text: '' };
    const encoding = encodingByHead(this.#waiting);
    const decode = encoding === undefined ? undefined : decoderOf(encoding);
    if (decode === undefined)
      return { text: '', fault: 'The character encoding that its first line names cannot be read here; send UTF-8.' };
    this.#decode = decode;
    return this.#decode(this.#waiting, last);
  }
}

/** Tells where the bytes go wrong: the text before is given with the fault. */
type Decode = (bytes: Buffer, last: boolean) => DecodedText;

/** Undefined for an encoding that nobody knows. */
function decoderOf(encoding: string): Decode | undefined {
  if (encoding === 'utf-8') return utf8Decoder();
  return encoding.startsWith('utf-16') ? utf16Decoder(encoding) : singleByteDecoder(encoding);
}

function utf8Decoder(): Decode {
  let begun: Buffer = Buffer.alloc(0);
  let isFirst = true;
  return (bytes, last) => {
    const all = begun.length === 0 ? bytes : Buffer.concat([begun, bytes]);
    const whole = all.subarray(0, last ? all.length : completeLength(all));
    begun = Buffer.from(all.subarray(whole.length));
    const valid = isUtf8(whole) ? whole : whole.subarray(0, validLength(whole));
    const text = valid.toString('utf8', isFirst && valid[0] === 0xef && valid[1] === 0xbb && valid[2] === 0xbf ? 3 : 0);
    if (valid.length > 0) isFirst = false;
    return valid.length === whole.length ? { text } : { text, fault: notIn('utf-8') };
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

function utf16Decoder(encoding: string): Decode {
  let begun: Buffer = Buffer.alloc(0);
  let isFirst = true;
  return (bytes, last) => {
    const all = Buffer.concat([begun, bytes]);
    const units = all.subarray(0, all.length & ~1);
    if (encoding === 'utf-16be') units.swap16();
    const ends = !last && startsPair(units) ? units.length - 2 : units.length;
    const text = units.toString('utf16le', isFirst && units[0] === 0xff && units[1] === 0xfe ? 2 : 0, ends);
    if (ends > 0) isFirst = false;
    begun = all.subarray(ends);
    if (encoding === 'utf-16be') begun.subarray(0, units.length - ends).swap16();
    // Halves of pairs alone: with the flag `u`, whole pairs are one character.
    const bad = text.search(/\p{Surrogate}/u);
    if (bad !== -1) return { text: text.slice(0, bad), fault: notIn(encoding) };
    return last && begun.length > 0 ? { text, fault: notIn(encoding) } : { text };
  };
}

/** Whether the last of the units, little end first, is the first half of a surrogate pair. */
function startsPair(units: Buffer): boolean {
  return units.length > 0 && ((units[units.length - 1] ?? 0) & 0xfc) === 0xd8;
}

/** Of one octet a character. */
function singleByteDecoder(encoding: string): Decode | undefined {
  const decoder = textDecoder(encoding);
  if (decoder === undefined) return undefined;
  return (bytes) => {
    const text = decoder.decode(bytes);
    // No such encoding has this character: it stands for an octet that is none.
    const bad = text.indexOf('\ufffd');
    return bad === -1 ? { text } : { text: text.slice(0, bad), fault: notIn(encoding) };
  };
}

function notIn(encoding: string): string {
  return `The bytes from here on are not ${encoding.toUpperCase()}; what stands before was read. Write the file in UTF-8, or name its encoding in its first line.`;
}
