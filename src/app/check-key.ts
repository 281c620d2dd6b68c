import type pg from 'pg';
import type { Sealer } from '../domain/access.ts';
import type { Log } from '../log.ts';
import { tryKey } from '../state/doctor/standing-facts.ts';

/**
 * Says so when what is stored was sealed with another key: a store restored without its key, or a key file that is gone.
 * The gateway serves all the same, since senders with hashed passwords lose nothing by it.
 */
export async function checkKey(pool: pg.Pool, sealer: Sealer, keyFile: string, log: Log): Promise<void> {
  const { rows } = await pool.query<{ id: number; code: string }>('select id, code from organization order by id');
  for (const { id, code } of rows) {
    const reason = await tryKey(pool, id, sealer);
    if (reason === undefined) continue;
    log.error(
      { organization: code, reason, keyFile },
      'the sealing key does not open what is stored: put the former key back (its file, or PASSERELLE_KEY) and start again; until then stored messages cannot be read and sealed credentials do not work',
    );
  }
}
