import type pg from 'pg';
import { KeyNotHeld, keyIdOf } from '../auth/seal.ts';
import type { Sealer } from '../domain/access.ts';
import { readSealedSamples, type SealedSample } from '../state/doctor/standing-facts.ts';

/** What a key cannot open of an organization's sealed rows. */
export type KeyTrial = {
  /** How many rows were tried; 0 = nothing is sealed. */
  readonly tried: number;
  /** Ids of the keys that sealed them and are not there. */
  readonly missing: readonly string[];
  /** Why a row does not open although its key is there: it was changed. */
  readonly damage: string | undefined;
};

/** Tries the key, or none, on the organization's oldest and newest message and on every sealed secret. */
export async function tryKey(pool: pg.Pool, organizationId: number, sealer: Sealer | undefined): Promise<KeyTrial> {
  const samples = await readSealedSamples(pool, organizationId);
  const failures = samples.flatMap((sample) => tryOne(sample, sealer));
  const missing = failures.flatMap((failure) => (failure instanceof KeyNotHeld ? [failure.keyId] : []));
  return {
    tried: samples.length,
    missing: [...new Set(missing)],
    damage: failures.find((failure) => !(failure instanceof KeyNotHeld))?.message,
  };
}

function tryOne({ sealed, context }: SealedSample, sealer: Sealer | undefined): Error[] {
  if (sealer === undefined) return [new KeyNotHeld(keyIdOf(sealed), 'missing')];
  try {
    sealer.open(sealed, context);
    return [];
  } catch (error) {
    return [error as Error];
  }
}
