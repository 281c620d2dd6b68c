import type pg from 'pg';
import { stat } from 'node:fs/promises';
import { putBack } from '../../app/check-key.ts';
import { type SealingKey, sealingKeyFile } from '../../app/sealing-key.ts';
import { tryKey } from '../../app/try-key.ts';
import type { Config } from '../../config.ts';
import { listOrganizations } from '../../state/doctor/standing-facts.ts';
import { error, type Finding, ok, warning } from './finding.ts';

/** Whether there is a sealing key, and how it is kept. */
export async function checkKeyFile(config: Config, key: SealingKey | undefined, pool: pg.Pool): Promise<Finding> {
  if (key === undefined) return missing(sealingKeyFile(config.varFolder), await holdsSealed(pool));
  const { from, file } = key;
  if (from === 'setting') return ok('sealing key', 'set by PASSERELLE_KEY');
  const mode = (await stat(file)).mode & 0o077;
  if (mode !== 0) return error('sealing key', `${file} can be read by others`, `Run: chmod 600 ${file}`);
  if (config.databaseUrl === undefined) return ok('sealing key', `kept in ${file}`);
  return warning(
    'sealing key',
    `kept in ${file}, apart from the database of DATABASE_URL`,
    'Keep a copy in a safe place: without it, stored messages and sealed secrets cannot be opened.',
  );
}

function missing(file: string, isNeeded: boolean): Finding {
  if (!isNeeded) return ok('sealing key', `there is none yet; the first start of the gateway makes ${file}`);
  return error(
    'sealing key',
    `there is none: ${file} is not there and PASSERELLE_KEY is not set`,
    `${putBack(file)} Until then the gateway does not start.`,
  );
}

async function holdsSealed(pool: pg.Pool): Promise<boolean> {
  for (const { id } of await listOrganizations(pool)) if ((await tryKey(pool, id, undefined)).tried > 0) return true;
  return false;
}
