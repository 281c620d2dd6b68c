import type pg from 'pg';
import type { Log } from '../log.ts';
import { readServerFacts } from '../state/doctor/server-facts.ts';
import { StartError } from './start-error.ts';

/**
 * Refuses a database that cannot hold every name, and warns of one that risks what the gateway promises.
 *
 * @throws StartError
 */
export async function checkDatabase(pool: pg.Pool, log: Log): Promise<void> {
  const { encoding, foldsUnicode, riskySettings, bypassesRowSecurity } = await readServerFacts(pool);
  if (encoding !== 'UTF8') {
    throw new StartError(`The database is encoded in ${encoding}: create it with encoding UTF8 and use that one.`);
  }
  if (!foldsUnicode) log.warn({}, 'the database knows letter case for ASCII only (LC_CTYPE): see passerelle doctor');
  if (riskySettings.length > 0)
    log.warn({ settings: riskySettings }, 'acknowledged messages can be lost with these settings of Postgres');
  if (bypassesRowSecurity) log.warn({}, 'the database role bypasses row-level security: use one that is no superuser');
}
