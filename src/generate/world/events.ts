import { chance } from './hash.ts';

/** How often something happens to things of a kind. */
export interface Events {
  readonly seed: number;
  readonly draw: number;
  /** The part of them to which it happens on a day. */
  readonly rate: number;
}

/**
 * Calls for each thing that happened to something after day 1, on which the world begins, up to a day, in order.
 *
 * @param call gets a number from 0 to less than 1, which tells what happened
 */
export function happenings(
  { seed, draw, rate }: Events,
  thing: number,
  kind: number,
  upTo: number,
  call: (roll: number) => void,
): void {
  if (rate === 0) return;
  for (let day = 2; day <= upTo; day += 1) {
    const drawn = chance(seed, draw, thing, kind, day);
    // What is below the rate is evenly spread there, and so is its part of it.
    if (drawn < rate) call(drawn / rate);
  }
}
