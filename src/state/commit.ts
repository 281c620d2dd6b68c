import type pg from 'pg';

/**
 * Commits. Of a transaction in which a statement failed Postgres says ROLLBACK, and no error: nobody may take that for a
 * commit, even if nobody looked at the statement.
 */
export async function commit(client: pg.ClientBase): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT') throw new Error('a statement of the transaction failed unheard: it was rolled back');
}
