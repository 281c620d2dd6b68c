import type { Encoding } from './feed.ts';

/** What 0x80 to 0x9F are in Windows-1252. */
const extra: ReadonlyMap<string, number> = new Map(
  Array.from('€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ', (letter, index) => [letter, 0x80 + index]),
);

const questionMark = 0x3f;

export function encode(text: string, encoding: Encoding): Buffer {
  return encoding === 'utf-8' ? Buffer.from(text, 'utf8') : toWindows1252(text);
}

/** What Windows-1252 has no byte for becomes a question mark, as programs do it. */
export function toWindows1252(text: string): Buffer {
  const bytes: number[] = [];
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? questionMark;
    const isLatin1 = code < 0x80 || (code >= 0xa0 && code < 0x100);
    bytes.push(isLatin1 ? code : (extra.get(letter) ?? questionMark));
  }
  return Buffer.from(bytes);
}
