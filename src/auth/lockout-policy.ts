export type LockoutPolicy = {
  /** Failures of one pair within `windowMs` that lock it for `lockMs`. */
  maxFailures: number;
  windowMs: number;
  lockMs: number;
  /** How long the answer to the first, second, third... failure is delayed; the last one holds on. */
  delaysMs: readonly number[];
  /** So many times `maxFailures`, under whatever names, lock an address for all names that did not succeed from there lately. */
  addressFactor: number;
  /** Pairs that one process remembers. */
  maxPairs: number;
};

export const defaultLockoutPolicy: LockoutPolicy = {
  maxFailures: 10,
  windowMs: 15 * 60_000,
  lockMs: 5 * 60_000,
  delaysMs: [0, 250, 500, 1_000, 2_000],
  addressFactor: 10,
  maxPairs: 20_000,
};
