import type pg from 'pg';
import type { LoginKey } from '../../domain/access.ts';
import { GatewayError } from '../../domain/problem.ts';

/** Lets a login be found by keys. Throws GatewayError `conflict` when an exclusive one is another login's. */
export async function insertKeys(client: pg.ClientBase, userNameKey: string, keys: readonly LoginKey[]): Promise<void> {
  if (keys.length === 0) return;
  // In one order everywhere, so that two transactions cannot wait for each other.
  const sorted = [...keys].sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  await client.query(
    `insert into login_key (key, user_name_key, exclusive)
     select k.key, $2, k.exclusive from unnest($1::text[], $3::boolean[]) as k (key, exclusive)
     on conflict do nothing`,
    [sorted.map(({ key }) => key), userNameKey, sorted.map(({ exclusive }) => exclusive)],
  );
  const { rowCount } = await client.query(
    'select 1 from login_key where key = any ($1) and exclusive and user_name_key <> $2 limit 1',
    [keys.flatMap(({ key, exclusive }) => (exclusive ? [key] : [])), userNameKey],
  );
  if (rowCount === 0) return;
  throw new GatewayError(
    'conflict',
    'The public key of this certificate is pinned for another login, and a sender must be told by it: use a certificate with a key of its own, or revoke the other credential.',
    { field: 'certificate' },
  );
}

/** Removes the keys of a login that none of its credentials has any more. */
export async function forgetKeys(client: pg.ClientBase, organizationId: number, userNameKey: string): Promise<void> {
  await client.query(
    `delete from login_key k
      where k.user_name_key = $2
        and not exists (select 1 from credential c
                         where c.organization_id = $1 and c.user_name_key = $2 and c.revoked_at is null
                           and k.key = any (c.login_keys))`,
    [organizationId, userNameKey],
  );
}
