import { InvalidArgumentError } from 'commander';

/** A whole number from one to another. */
export function number(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= from && value <= to)) throw new InvalidArgumentError(`write a number from ${from} to ${to}.`);
    return value;
  };
}

/** `2%`, or `2`, as a part of one. */
export function percent(text: string): number {
  const found = /^(\d{1,3}(?:\.\d{1,4})?)\s?%?$/.exec(text);
  const value = Number(found?.[1] ?? Number.NaN);
  if (!(value <= 100)) throw new InvalidArgumentError('write a percentage from 0 to 100, such as 2%.');
  return value / 100;
}
