import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { Sealer } from '../domain/access.ts';

/*
 * Sealed bytes: version (1) | key id (4) | salt (16) | IV (12) | ciphertext | tag (16).
 *
 * AES-256-GCM must never use an IV twice under one key (NIST SP 800-38D, 8). So each sealer seals under a subkey of its
 * own, derived with a random salt and renewed early, and its IVs count (8.2.1).
 */
const VERSION = 1;
const KEY_ID_AT = 1;
const SALT_AT = 5;
const IV_AT = 21;
const TEXT_AT = 33;
const TAG_BYTES = 16;
const SEALS_PER_SUBKEY = 2 ** 28;
const SUBKEYS_KEPT = 256;

const ALGORITHM = 'aes-256-gcm';

/**
 * Seals with `key` (32 bytes) and opens what was sealed with it or with one of `previous`, so that a key can be replaced
 * while old rows are still sealed with the one before.
 */
export function createSealer(key: Buffer, previous: readonly Buffer[] = []): Sealer {
  const current = masterKey(key);
  const masters = new Map([current, ...previous.map(masterKey)].map((master) => [master.id, master]));
  const subkeys = new Map<string, KeyObject>();
  let subkey = freshSubkey(current);

  const subkeyFor = (keyId: string, salt: Buffer): KeyObject => {
    const name = keyId + salt.toString('latin1');
    const known = subkeys.get(name);
    if (known !== undefined) return known;
    const master = masters.get(keyId);
    if (master === undefined) {
      throw new KeyNotHeld(keyId, current.id);
    }
    const derived = deriveSubkey(master, salt);
    const oldest = subkeys.size < SUBKEYS_KEPT ? undefined : subkeys.keys().next().value;
    if (oldest !== undefined) subkeys.delete(oldest);
    subkeys.set(name, derived);
    return derived;
  };

  return {
    keyId: current.id,
    seal(plain, context) {
      if (subkey.seals >= SEALS_PER_SUBKEY) subkey = freshSubkey(current);
      subkey.seals += 1;
      const iv = Buffer.alloc(TEXT_AT - IV_AT);
      iv.writeUInt32BE(subkey.seals, TEXT_AT - IV_AT - 4);
      const cipher = createCipheriv(ALGORITHM, subkey.key, iv);
      cipher.setAAD(Buffer.from(context));
      return Buffer.concat([subkey.prefix, iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      if (sealed.length < TEXT_AT + TAG_BYTES || sealed[0] !== VERSION) throw new Error('These bytes are not sealed.');
      const key = subkeyFor(keyIdOf(sealed), sealed.subarray(SALT_AT, IV_AT));
      const end = sealed.length - TAG_BYTES;
      const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(IV_AT, TEXT_AT));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(end));
      return Buffer.concat([decipher.update(sealed.subarray(TEXT_AT, end)), decipher.final()]);
    },
  };
}

/** What is sealed bears the id of a key that is neither the sealer's own nor one of its previous. */
export class KeyNotHeld extends Error {
  /** 8 hexadecimal digits. */
  readonly keyId: string;

  constructor(keyId: string, own: string) {
    super(`Sealed with the key ${keyId}, which this gateway does not have (its own is ${own}).`);
    this.name = 'KeyNotHeld';
    this.keyId = keyId;
  }
}

/** The id of the key that sealed these bytes: 8 hexadecimal digits. Needs no key. */
export function keyIdOf(sealed: Buffer): string {
  return sealed.toString('hex', KEY_ID_AT, SALT_AT);
}

const SHORTEST_KEY = 16;

/**
 * Makes the 32-byte sealing key out of the setting PASSERELLE_KEY: any text of enough entropy, such as the output of
 * `openssl rand -base64 32`. It is spread, not strengthened: a guessable phrase stays guessable.
 * Throws when it is shorter than 16 characters.
 */
export function deriveSealingKey(text: string): Buffer {
  const trimmed = text.trim();
  if (trimmed.length < SHORTEST_KEY) {
    throw new Error(
      `The sealing key has ${trimmed.length} characters; use at least ${SHORTEST_KEY}, best 32 random bytes.`,
    );
  }
  return Buffer.from(hkdfSync('sha256', trimmed, 'passerelle', 'sealing key', 32));
}

type MasterKey = { id: string; idBytes: Buffer; key: KeyObject };

function masterKey(bytes: Buffer): MasterKey {
  if (bytes.length !== 32) throw new Error(`A sealing key has 32 bytes; this one has ${bytes.length}.`);
  const key = createSecretKey(bytes);
  const idBytes = createHmac('sha256', key)
    .update('passerelle key id')
    .digest()
    .subarray(0, SALT_AT - KEY_ID_AT);
  return { id: idBytes.toString('hex'), idBytes, key };
}

function freshSubkey(master: MasterKey): { key: KeyObject; prefix: Buffer; seals: number } {
  const salt = randomBytes(IV_AT - SALT_AT);
  const prefix = Buffer.concat([Buffer.of(VERSION), master.idBytes, salt]);
  return { key: deriveSubkey(master, salt), prefix, seals: 0 };
}

function deriveSubkey(master: MasterKey, salt: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', master.key, salt, 'passerelle seal', 32)));
}
