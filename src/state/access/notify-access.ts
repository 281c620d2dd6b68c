import type pg from 'pg';

/** The channel on which every process hears of configuration changes; payloads are JSON objects with a `kind`. */
export const configChannel = 'passerelle_config';

/** What of the access data changed, so that processes drop what they remember of it. User names are folded. */
export type AccessChange =
  | { readonly kind: 'login'; readonly userName: string }
  | { readonly kind: 'access_policy'; readonly organizationId: number }
  | { readonly kind: 'api_token' }
  | { readonly kind: 'lockout' };

/** Tells every process, this one included, when the running transaction commits. */
export async function notifyAccess(client: pg.ClientBase | pg.Pool, change: AccessChange): Promise<void> {
  await client.query('select pg_notify($1, $2)', [configChannel, JSON.stringify(change)]);
}
