import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { NonceClaim } from '../../domain/message.ts';

/**
 * Claims nonces in the transaction of the messages that carry them, all in one statement, and returns the positions of
 * the claims that were refused: used before, or given twice here (the first one counts). A claim that another
 * transaction makes at this moment waits for that one's end. Shared by all processes.
 */
export async function claimNonces(client: pg.ClientBase, claims: readonly NonceClaim[]): Promise<Set<number>> {
  const refused = new Set<number>();
  const positions = new Map<string, number>();
  claims.forEach((claim, position) => {
    const key = nonceKey(claim);
    if (positions.has(key)) refused.add(position);
    else positions.set(key, position);
  });
  if (positions.size === 0) return refused;
  // In one order everywhere, so that two transactions cannot wait for each other.
  const keys = [...positions.keys()].sort();
  const { rows } = await client.query<{ hash: string }>({
    name: 'claim-nonces',
    text: `insert into nonce (hash, expires_at)
           select decode(c.hash, 'hex'), c.expires_at from unnest($1::text[], $2::timestamptz[]) as c (hash, expires_at)
           on conflict (hash) do nothing
           returning encode(hash, 'hex') as hash`,
    values: [keys, keys.map((key) => claims[positions.get(key) ?? 0]?.expiresAt)],
  });
  for (const { hash } of rows) positions.delete(hash);
  for (const position of positions.values()) refused.add(position);
  return refused;
}

/** Whether one of these nonces was claimed by a transaction that is committed. Nothing is claimed by asking. */
export async function isReplay(client: pg.ClientBase, claims: readonly NonceClaim[]): Promise<boolean> {
  if (claims.length === 0) return false;
  const { rowCount } = await client.query({
    name: 'is-replay',
    text: `select from nonce where hash in (select decode(c.hash, 'hex') from unnest($1::text[]) as c (hash)) limit 1`,
    values: [claims.map(nonceKey)],
  });
  return rowCount === 1;
}

const PURGE_BATCH = 20_000;

/**
 * Removes nonces that expired before `before` and returns how many; called every minute or so by one process. Leave a
 * minute or two for clocks that disagree.
 */
export async function purgeNonces(pool: pg.Pool, before: Date): Promise<number> {
  let removed = 0;
  for (;;) {
    const { rowCount } = await pool.query(
      'delete from nonce where hash = any (array (select hash from nonce where expires_at < $1 limit $2))',
      [before, PURGE_BATCH],
    );
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < PURGE_BATCH) return removed;
  }
}

/** 128 bits of SHA-256 tell nonces apart; the user name ends at a character that no user name holds. */
function nonceKey({ userName, nonce }: NonceClaim): string {
  return createHash('sha256').update(`${userName}\n${nonce}`).digest('hex').slice(0, 32);
}
