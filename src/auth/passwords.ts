import { hash as argon2, parseOptions } from '@node-rs/argon2';
import { randomBytes, timingSafeEqual } from 'node:crypto';

export type Passwords = {
  /** An argon2id PHC string. With the salt of `sibling`, another hash of the same login, both are checked in one run. */
  hash(password: string, sibling?: string): Promise<string>;
  /** The position of the hash that the password matches, or -1. Costs a run even where there is nothing to compare with. */
  match(password: string, hashes: readonly string[]): Promise<number>;
};

/** Memory in KiB and passes. The default, OWASP's for argon2id, costs 10 to 30 ms of one core. */
export type Argon2Cost = { memoryCost: number; timeCost: number };

const defaultCost: Argon2Cost = { memoryCost: 19 * 1024, timeCost: 2 };
const SALT_BYTES = 16;

/**
 * Hashes and checks passwords. A check costs the same whether the login exists, and whether it has one valid password or
 * two of an overlapping rotation (they share a salt), so that its time tells nothing (rule 6 of the chain).
 */
export function createPasswords(cost: Argon2Cost = defaultCost): Passwords {
  return {
    hash: (password, sibling) =>
      argon2(password, { ...cost, salt: sibling === undefined ? randomBytes(SALT_BYTES) : saltOf(sibling) }),

    async match(password, hashes) {
      if (hashes.length === 0) await argon2(password, cost);
      const computed = new Map<string, string>();
      for (const [position, hash] of hashes.entries()) {
        const setup = hash.slice(0, hash.lastIndexOf('$'));
        const own = computed.get(setup) ?? (await argon2(password, { ...parseOptions(hash), salt: saltOf(hash) }));
        computed.set(setup, own);
        if (equal(own, hash)) return position;
      }
      return -1;
    },
  };
}

/** $argon2id$v=19$m=19456,t=2,p=1$salt$hash */
function saltOf(hash: string): Buffer {
  return Buffer.from(hash.split('$')[4] ?? '', 'base64');
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
