import type pg from 'pg';
import type { LoginKey } from '../../domain/access.ts';
import { GatewayError } from '../../domain/problem.ts';

/**
 * Lets a login be found by keys; answers the logins that an exclusive one was taken from, because its holder has proven
 * whose it is and they have no such proof. Throws GatewayError `conflict` when an exclusive one stays another login's.
 */
export async function insertKeys(
  client: pg.ClientBase,
  userNameKey: string,
  keys: readonly LoginKey[],
): Promise<string[]> {
  if (keys.length === 0) return [];
  const displaced = await takeProven(client, userNameKey, keys);
  // In one order everywhere, so that two transactions cannot wait for each other.
  const sorted = [...keys].sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  await client.query(
    `insert into login_key (key, user_name_key, exclusive, proven)
     select k.key, $2, k.exclusive, k.proven from unnest($1::text[], $3::boolean[], $4::boolean[]) as k (key, exclusive, proven)
     on conflict do nothing`,
    [
      sorted.map(({ key }) => key),
      userNameKey,
      sorted.map(({ exclusive }) => exclusive),
      sorted.map(({ proven }) => proven === true),
    ],
  );
  await client.query('update login_key set proven = true where key = any ($1) and user_name_key = $2 and not proven', [
    sorted.flatMap(({ key, proven }) => (proven === true ? [key] : [])),
    userNameKey,
  ]);
  const { rowCount } = await client.query(
    'select 1 from login_key where key = any ($1) and exclusive and user_name_key <> $2 limit 1',
    [keys.flatMap(({ key, exclusive }) => (exclusive ? [key] : [])), userNameKey],
  );
  if (rowCount === 0) return displaced;
  throw new GatewayError(
    'conflict',
    'The public key of this certificate is pinned for another user name, perhaps of another organization, and a message must tell its sender by it. Use a certificate with a key of its own for this user name; revoke the other credential, if it is yours; or have the holder of the private key prove that it is meant for this user name (`proof`, see the operator guide).',
    { field: 'certificate' },
  );
}

/** What the holder of a private key says of it counts more than that somebody pinned it: certificates are public. */
async function takeProven(client: pg.ClientBase, userNameKey: string, keys: readonly LoginKey[]): Promise<string[]> {
  const proven = keys.flatMap(({ key, exclusive, proven: isProven }) => (exclusive && isProven === true ? [key] : []));
  if (proven.length === 0) return [];
  const { rows } = await client.query<{ user_name_key: string }>(
    'delete from login_key where key = any ($1) and exclusive and not proven and user_name_key <> $2 returning user_name_key',
    [proven, userNameKey],
  );
  return rows.map((row) => row.user_name_key);
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
