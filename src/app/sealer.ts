import { createSealer, deriveSealingKey } from '../auth/seal.ts';
import type { Config } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { SealingKey } from './sealing-key.ts';

/** Seals with the gateway's key and opens what former keys sealed. */
export function createSealerFor({ text }: Pick<SealingKey, 'text'>, { previousKeys }: Config): Sealer {
  return createSealer(deriveSealingKey(text), previousKeys.map(deriveSealingKey));
}
