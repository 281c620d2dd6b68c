import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Credential, Login, Sealer, StoredSecret } from '../domain/access.ts';
import { fold } from '../domain/source-system.ts';
import type { AuthenticationLog, LoginDirectory } from '../pipeline/authenticate.ts';
import { type Clock, createBoundedCache } from './bounded-cache.ts';
import { addressGroup } from './origin.ts';
import type { Passwords } from './passwords.ts';
import type { VerificationQueue } from './verification-queue.ts';

/** The reason of a refusal is for the log: outside, all refusals look the same. */
export type Verification = { verified: true; credentialId: string } | { verified: false; reason: string };

/** What authenticators ask about secrets. Throws, if it cannot tell: GatewayError `busy`, or whatever went wrong. */
export type CredentialVerifier = {
  /** Is this the password of the user name? `address` is where the question comes from. */
  verifyPassword(userName: string, password: string, address: string): Promise<Verification>;
  /** Does a sealed secret of the user name satisfy `matches`? For digests, which need the secret itself. */
  verifySecret(userName: string, matches: (secret: Buffer) => boolean): Promise<Verification>;
  /** Does a valid credential of the user name satisfy `matches`? `refusal`: what the log says if none does. */
  verifyCredential(
    userName: string,
    matches: (credential: Credential) => boolean,
    refusal: string,
  ): Promise<Verification>;
};

export type CredentialVerifierParts = {
  logins: LoginDirectory;
  sealer: Sealer;
  passwords: Passwords;
  queue: VerificationQueue;
  /** Notes, about once an hour and credential, that it was used. */
  touch: (organizationId: number, credentialId: string, at: Date) => Promise<void>;
  log: AuthenticationLog;
  now?: Clock;
};

/** How long a password that was right is known to be right, so that argon2 does not set the speed. */
const VERIFIED_TTL_MS = 60_000;
const VERIFIED_MAX = 10_000;
const TOUCH_INTERVAL_MS = 3_600_000;

/**
 * Checks secrets against logins. A password found right is remembered under an HMAC of it (the key lives in this process
 * only) and of its credential's id: it counts only while that credential is among the login's valid ones.
 */
export function createCredentialVerifier(parts: CredentialVerifierParts): CredentialVerifier {
  const { logins, sealer, passwords, queue, now = Date.now } = parts;
  const processKey = randomBytes(32);
  const verified = createBoundedCache<true>({ max: VERIFIED_MAX, ttlMs: VERIFIED_TTL_MS, now });
  const checking = new Map<string, Promise<number>>();
  const noteUse = createUseNote(parts, now);
  // What an unknown user name is measured against, so that it costs what a known one costs.
  const decoy = sealer.seal(randomBytes(32), 'decoy');

  // Opened once for as long as the login directory remembers the credential: the key that opens it is in this memory, too.
  const opened = new WeakMap<Buffer, Buffer>();
  const secretOf = ({ id, secret: { sealed } }: Sealed): Buffer => {
    const secret = opened.get(sealed) ?? sealer.open(sealed, id);
    opened.set(sealed, secret);
    return secret;
  };

  const mac = (scope: string, password: string): string =>
    createHmac('sha256', processKey).update(scope).update('\n').update(password).digest('base64');

  /** Senders that present the same password at once share one check. */
  const matchOnce = (key: string, password: string, candidates: readonly Hashed[], address: string) => {
    const running = checking.get(key);
    if (running !== undefined) return running;
    const hashes = candidates.map(({ secret }) => secret.hash);
    const started = queue
      .run(addressGroup(address), () => passwords.match(password, hashes))
      .finally(() => checking.delete(key));
    checking.set(key, started);
    return started;
  };

  return {
    async verifyPassword(userName, password, address) {
      const login = await logins.find(userName);
      const valid = validCredentials(login, now());
      const sealed = valid.filter(isSealed).find((credential) => sameText(secretOf(credential), password));
      const hashed = valid.filter(isHashed);
      const known = sealed ?? hashed.find(({ id }) => verified.get(mac(id, password)) === true);
      if (known !== undefined) return noteUse(login, known);

      const scope = [fold(userName), ...hashed.map(({ id }) => id)].join('\n');
      const matching = hashed[await matchOnce(mac(scope, password), password, hashed, address)];
      if (matching === undefined) return refused(login, valid, 'wrong password');
      verified.set(mac(matching.id, password), true);
      return noteUse(login, matching);
    },

    async verifySecret(userName, matches) {
      const login = await logins.find(userName);
      const valid = validCredentials(login, now());
      const sealed = valid.filter(isSealed);
      if (sealed.length === 0) {
        matches(sealer.open(decoy, 'decoy'));
        return refused(login, valid, 'no sealed secret: PasswordDigest needs a credential of the kind "sealed"');
      }
      const matching = sealed.find((credential) => matches(secretOf(credential)));
      return matching === undefined ? refused(login, valid, 'wrong digest') : noteUse(login, matching);
    },

    async verifyCredential(userName, matches, refusal) {
      const login = await logins.find(userName);
      const valid = validCredentials(login, now());
      const matching = valid.find(matches);
      return matching === undefined ? refused(login, valid, refusal) : noteUse(login, matching);
    },
  };
}

type Hashed = Credential & { secret: Extract<StoredSecret, { kind: 'hashed' }> };
type Sealed = Credential & { secret: Extract<StoredSecret, { kind: 'sealed' }> };

const isHashed = (credential: Credential): credential is Hashed => credential.secret.kind === 'hashed';
const isSealed = (credential: Credential): credential is Sealed => credential.secret.kind === 'sealed';

/** A login may be remembered for longer than one of its credentials is valid. */
function validCredentials(login: Login | undefined, nowMs: number): readonly Credential[] {
  return (login?.credentials ?? []).filter(({ validUntil }) => validUntil === null || validUntil.getTime() > nowMs);
}

function refused(login: Login | undefined, valid: readonly Credential[], reason: string): Verification {
  if (login === undefined) return { verified: false, reason: 'unknown user name' };
  return { verified: false, reason: valid.length === 0 ? 'the login has no valid credential' : reason };
}

function createUseNote({ touch, log }: CredentialVerifierParts, now: Clock) {
  const touched = createBoundedCache<true>({ max: VERIFIED_MAX, ttlMs: TOUCH_INTERVAL_MS, now });
  return (login: Login | undefined, { id }: Credential): Verification => {
    if (login !== undefined && touched.get(id) === undefined) {
      touched.set(id, true);
      touch(login.organizationId, id, new Date(now())).catch((error: unknown) =>
        log.warn({ err: error, credentialId: id }, 'the last use of a credential could not be noted'),
      );
    }
    return { verified: true, credentialId: id };
  };
}

/** Compares in a time that does not depend on where the texts differ. */
function sameText(secret: Buffer, presented: string): boolean {
  const digest = (value: Buffer | string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(secret), digest(presented));
}
