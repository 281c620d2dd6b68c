import { textDecoder } from '../formats/xml/index.ts';

/** Characters of an encoding of one octet a character, both ways; what it does not have becomes a question mark. */
export interface SingleByteCoding {
  decode(octets: Buffer): string;
  encode(text: string): Buffer;
}

/** Undefined for a name that nobody knows. */
export function singleByteCoding(encoding: string): SingleByteCoding | undefined {
  const decoder = textDecoder(encoding);
  if (decoder === undefined) return undefined;
  const characters = decoder.decode(Uint8Array.from({ length: 256 }, (_, octet) => octet));
  const octets = new Map(Array.from(characters, (character, octet) => [character, octet]));
  return {
    decode: (bytes) => decoder.decode(bytes),
    encode: (text) => Buffer.from(Array.from(text, (character) => octets.get(character) ?? 0x3f)),
  };
}
