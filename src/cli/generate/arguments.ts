import { InvalidArgumentError } from 'commander';

const most = 100_000_000;

/** A number from 1 to a hundred million. */
export function count(text: string): number {
  const number = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= most)) throw new InvalidArgumentError(`write a number from 1 to ${most}.`);
  return number;
}

/** A day of the world: a number from 1 to 999. */
export function day(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('write a number from 1 to 999.');
  return Number(text);
}

/** `2%`, or `2`, as a part of one. */
export function percent(text: string): number {
  const found = /^(\d{1,3}(?:\.\d{1,4})?)\s?%?$/.exec(text);
  const number = Number(found?.[1] ?? Number.NaN);
  if (!(number <= 100)) throw new InvalidArgumentError('write a percentage from 0 to 100, such as 2%.');
  return number / 100;
}
