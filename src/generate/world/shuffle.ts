import { hash } from './hash.ts';

const rounds = [0, 1, 2, 3] as const;

/**
 * The numbers from 0 to below `size` in another order, both ways, without a list of them: a Feistel network whose halves are
 * a rectangle hardly larger than the size; what falls outside goes through it again.
 */
export class Shuffle {
  readonly #size: number;
  readonly #width: number;
  readonly #height: number;
  readonly #seed: number;
  readonly #draw: number;
  readonly #key: number;

  /** @param key tells shuffles of one draw apart */
  constructor(size: number, seed: number, draw: number, key: number) {
    this.#size = size;
    this.#width = Math.max(1, Math.ceil(Math.sqrt(size)));
    this.#height = Math.max(1, Math.ceil(size / this.#width));
    this.#seed = seed;
    this.#draw = draw;
    this.#key = key;
  }

  placeOf(number: number): number {
    let place = number;
    do place = this.#forward(place);
    while (place >= this.#size);
    return place;
  }

  numberAt(place: number): number {
    let number = place;
    do number = this.#backward(number);
    while (number >= this.#size);
    return number;
  }

  #forward(number: number): number {
    let [column, row] = [number % this.#width, Math.floor(number / this.#width)];
    for (const round of rounds) {
      if (round % 2 === 0) column = (column + this.#turn(round, row)) % this.#width;
      else row = (row + this.#turn(round, column)) % this.#height;
    }
    return row * this.#width + column;
  }

  #backward(place: number): number {
    let [column, row] = [place % this.#width, Math.floor(place / this.#width)];
    for (const round of rounds.toReversed()) {
      if (round % 2 === 0) column = (column + this.#width - (this.#turn(round, row) % this.#width)) % this.#width;
      else row = (row + this.#height - (this.#turn(round, column) % this.#height)) % this.#height;
    }
    return row * this.#width + column;
  }

  #turn(round: number, half: number): number {
    return hash(this.#seed, this.#draw, this.#key, round, half);
  }
}
