import type pg from 'pg';

/** Runs `work` in a transaction in which row-level security shows the rows of one organization. */
export function inOrganization<Result>(
  pool: pg.Pool,
  organizationId: number,
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    await client.query(`select set_config('passerelle.organization_id', $1, true)`, [String(organizationId)]);
    return work(client);
  });
}

export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error('rollback failed');
    });
    throw error;
  } finally {
    // A connection whose transaction may still be open must not go back to the pool.
    client.release(broken);
  }
}
