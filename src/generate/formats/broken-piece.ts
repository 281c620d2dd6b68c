import type { BrokenRecord, Piece } from '../feed.ts';

/** The fault whose records the formats break themselves. */
export const brokenRows = 'broken-rows';

/** A record that is wrong, by its number, on a line of its own. */
export function brokenPiece(broken: readonly BrokenRecord[], number: number): Piece {
  const record = broken[number];
  if (record === undefined) throw new RangeError(`the format has no broken record ${number}`);
  const { text, ...promised } = record;
  return { text: `${text}\n`, promised: { fault: brokenRows, found: 'reading', ...promised } };
}
