import { randomInt } from 'node:crypto';
import type { WireKind } from '../../../domain/entities.ts';

/** A key, as far as it matters here. */
interface Key {
  readonly kind: WireKind | '';
  readonly sourcedId: string;
}

const kindNumbers: Readonly<Record<Key['kind'], number>> = {
  '': 0,
  person: 1,
  group: 2,
  template: 3,
  offering: 4,
  section: 5,
  association: 6,
  membership: 7,
};

const smallest = 4_096;
/** The flags of an entry take the place of four bits of its hash. */
const isSeen = 1;
const hasItem = 2;
const isWhole = 4;
const isLeft = 8;
const flags = isSeen | hasItem | isWhole | isLeft;

/**
 * The keys that a run has come across while it is read, in this process: whoever takes the run over reads it from the beginning. Of
 * each key 60 bits of a hash are kept, with a seed of their own: of ten million keys, two count as one once in twenty thousand
 * runs. A million keys take 16 MB; as rows they took 10 seconds.
 */
export class SeenKeys {
  /** Two words an entry, the first of which tells where it stands; empty: the second is 0. */
  private table = new Uint32Array(2 * smallest);
  private mask = smallest - 1;
  private count = 0;
  private readonly seed = randomInt(2 ** 32);
  private low = 0;
  private high = 0;

  has(key: Key): boolean {
    return this.is(key, isSeen);
  }

  /** What becomes of it follows from an item of the run. */
  isPlanned(key: Key): boolean {
    return this.is(key, hasItem);
  }

  /** The run says something of it: by its key, or by what it is about. */
  isStated(key: Key): boolean {
    return this.is(key, flags);
  }

  /** The run says all there is of it. */
  isWhole(key: Key): boolean {
    return this.is(key, isWhole);
  }

  /** The run says all there is of it but for some fields, which it leaves as they are. */
  isWholeButLeft(key: Key): boolean {
    return this.is(key, isLeft);
  }

  add(key: Key): void {
    this.mark(key, isSeen);
  }

  addWhole(key: Key): void {
    this.mark(key, isSeen | isWhole);
  }

  addWholeButLeft(key: Key): void {
    this.mark(key, isSeen | isLeft);
  }

  addPlanned(key: Key): void {
    this.mark(key, hasItem);
  }

  /** A delete by pair has items of other keys: they are neither absent nor new to the run. */
  addDeleted(key: Key): void {
    this.mark(key, isSeen | hasItem | isWhole);
  }

  private is(key: Key, flag: number): boolean {
    this.hash(key);
    return ((this.table[2 * this.find() + 1] ?? 0) & flag) !== 0;
  }

  private mark(key: Key, flag: number): void {
    this.hash(key);
    const at = this.find();
    const before = this.table[2 * at + 1] ?? 0;
    this.table[2 * at] = this.low;
    this.table[2 * at + 1] = this.high | (before & flags) | flag;
    if (before !== 0) return;
    this.count += 1;
    if (this.count > 0.7 * this.mask) this.grow();
  }

  /** The place of the hash, or the empty one where it would stand. */
  private find(): number {
    const { table, mask, low, high } = this;
    // Asked after that, all would be absent.
    if (table.length === 0) throw new Error('keys that were given back are asked for');
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const second = table[2 * at + 1] ?? 0;
      if (second === 0 || (table[2 * at] === low && (second & ~flags) >>> 0 === high)) return at;
    }
  }

  private grow(): void {
    const former = this.table;
    this.table = new Uint32Array(2 * former.length);
    this.mask = former.length - 1;
    for (let index = 0; index < former.length; index += 2) {
      const second = former[index + 1] ?? 0;
      if (second === 0) continue;
      this.low = former[index] ?? 0;
      this.high = (second & ~flags) >>> 0;
      const at = this.find();
      this.table[2 * at] = this.low;
      this.table[2 * at + 1] = second;
    }
    release(former);
  }

  /** Nothing is asked of it any more. */
  clear(): void {
    release(this.table);
  }

  /** Two multiplicative hashes over the code units, mixed with each other at the end (after cyrb53, which is in the public domain). */
  private hash({ kind, sourcedId }: Key): void {
    let one = 0xdeadbeef ^ this.seed;
    let other = 0x41c6ce57 ^ this.seed;
    const number = kindNumbers[kind];
    one = Math.imul(one ^ number, 2654435761);
    other = Math.imul(other ^ number, 1597334677);
    for (let index = 0; index < sourcedId.length; index += 1) {
      const code = sourcedId.charCodeAt(index);
      one = Math.imul(one ^ code, 2654435761);
      other = Math.imul(other ^ code, 1597334677);
    }
    one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
    other = Math.imul(other ^ (other >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
    this.low = one >>> 0;
    this.high = (other & ~flags) >>> 0;
  }
}

/** Gives back the memory at once: the collector, which sees a small object, would take its time. */
function release({ buffer }: Uint32Array<ArrayBuffer>): void {
  buffer.transfer(0);
}
