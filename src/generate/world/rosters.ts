import { happenings } from './events.ts';
import { chance, draws } from './hash.ts';
import { Shuffle } from './shuffle.ts';
import type { WorldShape } from './shape.ts';

/** Where a student's course of a term was and is: in a section, or nowhere. */
interface Seat {
  readonly taken: boolean;
  /** Which of the two sections that the seat has. */
  readonly variant: 0 | 1;
}

const variants = [0, 1] as const;

/** Of what happens to a seat: mostly a change of section, which is two changes of a feed. */
const swaps = 0.9;

/**
 * Who is in which section, without a list of it. The sections of a term are dealt out to as many slots as a student has
 * courses; within a slot the students stand in a shuffled order, which the sections cut into pieces of unlike size. So one can
 * ask both ways: where a student is, and who is in a section.
 */
export class Rosters {
  readonly #shape: WorldShape;
  readonly #size: number;
  readonly #shuffles = new Map<number, Shuffle>();

  constructor(shape: WorldShape) {
    this.#shape = shape;
    this.#size = shape.students + shape.newcomers;
  }

  /**
   * The students who have a seat in a section, or had, or may come to have one up to a day: each once.
   */
  *candidates(term: number, section: number, upTo: number): Generator<Candidate> {
    const slot = section % this.#shape.courses;
    const piece = Math.floor(section / this.#shape.courses);
    const [from, to] = [this.#boundary(term, slot, piece), this.#boundary(term, slot, piece + 1)];
    const first = this.#shuffle(term, slot, 0);
    for (const variant of upTo === 1 ? ([0] as const) : variants) {
      const shuffle = this.#shuffle(term, slot, variant);
      for (let place = from; place < to; place += 1) {
        const student = shuffle.numberAt(place);
        const isInBoth = variant === 1 && this.#pieceAt(term, slot, first.placeOf(student)) === piece;
        if (!isInBoth) yield { student, term, slot, variant };
      }
    }
  }

  /** Is the candidate in the section on this day? */
  isIn({ student, term, slot, variant }: Candidate, section: number, day: number): boolean {
    const seat = this.#seatOn(day, student, term, slot);
    if (!seat.taken) return false;
    if (seat.variant === variant) return true;
    const piece = this.#pieceAt(term, slot, this.#shuffle(term, slot, seat.variant).placeOf(student));
    return piece * this.#shape.courses + slot === section;
  }

  #seatOn(day: number, student: number, term: number, slot: number): Seat {
    const { seed, courses, partTime, changes } = this.#shape;
    const isPartTime = slot >= Math.ceil(courses / 2) && chance(seed, draws.partTime, student) < partTime;
    let [taken, variant]: [boolean, 0 | 1] = [!isPartTime, 0];
    if (day === 1) return { taken, variant };
    const events = { seed, draw: draws.slotEvent, rate: changes / (1 + swaps) };
    happenings(events, student, term * courses + slot, day, (roll) => {
      if (!taken) taken = true;
      else if (roll < swaps) variant = variant === 0 ? 1 : 0;
      else taken = false;
    });
    return { taken, variant };
  }

  #pieces(slot: number): number {
    const { sections, courses } = this.#shape;
    return Math.floor((sections - slot - 1) / courses) + 1;
  }

  /** Where a piece begins: evenly spaced, but for a good third of a piece. */
  #boundary(term: number, slot: number, piece: number): number {
    const pieces = this.#pieces(slot);
    if (piece <= 0) return 0;
    if (piece >= pieces) return this.#size;
    const moved = (chance(this.#shape.seed, draws.boundary, term, slot, piece) - 0.5) * 0.8;
    return Math.floor((this.#size * (piece + moved)) / pieces);
  }

  #pieceAt(term: number, slot: number, place: number): number {
    let piece = Math.floor((place * this.#pieces(slot)) / this.#size);
    while (place < this.#boundary(term, slot, piece)) piece -= 1;
    while (place >= this.#boundary(term, slot, piece + 1)) piece += 1;
    return piece;
  }

  #shuffle(term: number, slot: number, variant: 0 | 1): Shuffle {
    const key = (term * this.#shape.courses + slot) * 2 + variant;
    const known = this.#shuffles.get(key);
    if (known !== undefined) return known;
    const made = new Shuffle(this.#size, this.#shape.seed, draws.roster, key);
    this.#shuffles.set(key, made);
    return made;
  }
}

export interface Candidate {
  readonly student: number;
  readonly term: number;
  readonly slot: number;
  readonly variant: 0 | 1;
}
