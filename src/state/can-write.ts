import type pg from 'pg';

/** False on a standby: it answers, and takes no message. Throws when the database does not answer. */
export async function canWrite(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ recovering: boolean }>('select pg_is_in_recovery() as recovering');
  return rows[0]?.recovering === false;
}
