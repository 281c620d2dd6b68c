import { createHash, randomBytes } from 'node:crypto';
import { scopes } from '../../auth/scopes.ts';
import type { Login } from '../../domain/access.ts';
import { uuidv7 } from '../../domain/ids.ts';
import { GatewayError } from '../../domain/problem.ts';
import { fold } from '../../domain/source-system.ts';
import type { Principal } from '../../pipeline/ports.ts';
import { createApiTokenStore } from '../../state/access/api-token-store.ts';
import { createCredentialStore } from '../../state/access/credential-store.ts';
import { createLoginStore } from '../../state/access/login-store.ts';
import type { DemoParts } from './set-up-demo.ts';

type Parts = Pick<DemoParts, 'pool' | 'sealer' | 'log'>;
type LoginOf = Pick<Principal, 'userName' | 'organizationId' | 'sourceSystemId'>;

/**
 * Gives the demonstration's user this password. It is sealed, so that WS-Security digests work with it, and it may be as
 * weak as a script wants it: this organization is for trying things out.
 */
export async function applyDemoLogin({ pool, sealer, log }: Parts, login: LoginOf, password: string): Promise<void> {
  const { organizationId, userName } = login;
  const userNameKey = fold(userName);
  const found = await createLoginStore({ pool }).find(userNameKey, new Date());
  const id = uuidv7();
  const secret = { kind: 'sealed', sealed: sealer.seal(Buffer.from(password), id) } as const;
  const store = createCredentialStore({ pool });
  if (found === undefined) {
    await store.addCredential({ ...login, userNameKey }, { id, secret, keys: [] });
  } else if (found.organizationId !== organizationId || found.sourceSystemId !== login.sourceSystemId) {
    log.warn({ userName }, 'the user of PASSERELLE_DEMO_USER belongs to another source system and is left as it is');
  } else if (!hasPassword(found, password, { sealer })) {
    const at = new Date();
    const made = { id, secret, keys: [], replaces: id };
    await store.replaceSecret({ organizationId, userNameKey, ...made, at, overlapUntil: at });
  }
}

function hasPassword({ credentials }: Login, password: string, { sealer }: Pick<Parts, 'sealer'>): boolean {
  return credentials.some(({ id, secret }) => {
    if (secret.kind !== 'sealed') return false;
    try {
      return sealer.open(secret.sealed, id).equals(Buffer.from(password));
    } catch {
      // Sealed with a key that is gone: replaced below.
      return false;
    }
  });
}

/** Lets this token in, unless it is known already. */
export async function applyDemoToken({ pool, log }: Parts, organizationId: number, token: string): Promise<void> {
  const store = createApiTokenStore({ pool });
  const hash = createHash('sha256').update(token).digest();
  const known = await store.findByHash(hash);
  if (known !== undefined) {
    const usable = known.revokedAt === null && known.organizationId === organizationId;
    if (!usable) log.warn({ id: known.id }, 'the token of PASSERELLE_DEMO_TOKEN is revoked or belongs elsewhere');
    return;
  }
  const id = randomBytes(6).toString('hex');
  try {
    await store.add({ id, label: demoLabel, hash, organizationId, scopes, expiresAt: null });
  } catch (error) {
    // Another process added it at the same moment.
    if (!(error instanceof GatewayError && error.code === 'conflict')) throw error;
  }
}

export const demoLabel = 'demonstration';
