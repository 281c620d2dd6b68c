import type pg from 'pg';
import type { Sealer } from '../domain/access.ts';
import type { Log } from '../log.ts';
import { listOrganizations } from '../state/doctor/standing-facts.ts';
import { StartError } from './start-error.ts';
import { tryKey } from './try-key.ts';

/**
 * Refuses to serve a store that was sealed with a key that is not there: one restored without its key, or a key file that
 * is gone. Senders with sealed credentials could not come in, and no stored message could be read or replayed; a new key
 * would part the store for ever.
 *
 * @throws StartError
 */
export async function checkKey(
  pool: pg.Pool,
  sealer: Sealer | undefined,
  keyFile: string,
  lostKeys: readonly string[],
  log: Pick<Log, 'error'>,
): Promise<void> {
  const missing = new Set<string>();
  for (const { id, code } of await listOrganizations(pool)) {
    const trial = await tryKey(pool, id, sealer);
    for (const keyId of trial.missing) missing.add(keyId);
    if (trial.damage !== undefined) {
      log.error({ organization: code, reason: trial.damage }, 'something stored was changed and does not open');
    }
  }
  const wanted = [...missing].filter((keyId) => !lostKeys.includes(keyId));
  if (wanted.length > 0) throw new StartError(wrongKey(wanted, sealer, keyFile));
  if (missing.size > 0) log.error({ keys: [...missing] }, 'what was sealed with these lost keys cannot be opened');
}

function wrongKey(missing: readonly string[], sealer: Sealer | undefined, keyFile: string): string {
  const held = `What the store holds is sealed with the key ${missing.join(' and the key ')}`;
  if (sealer === undefined) {
    return `${held}, and there is no sealing key: ${keyFile} is not there and PASSERELLE_KEY is not set. ${putBack(keyFile)} ${lost(missing)}`;
  }
  return `${held}; the gateway has the key ${sealer.keyId}. ${putBack(keyFile)} If the key was replaced on purpose, name the former one in PASSERELLE_PREVIOUS_KEYS. ${lost(missing)}`;
}

function lost(missing: readonly string[]): string {
  return `If it is lost for good, set PASSERELLE_LOST_KEYS=${missing.join(',')}: what it sealed stays closed, and sealed credentials must be rotated.`;
}

/** What to do about a key that is not there. */
export function putBack(keyFile: string): string {
  return `Put your copy of that key back as ${keyFile}, or set PASSERELLE_KEY to its content.`;
}
