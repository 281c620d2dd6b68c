import { Kysely, PostgresDialect, sql, type Transaction as KyselyTransaction } from 'kysely';
import type { Transaction } from '../store.ts';
import { withSqlErrors } from './sql-errors.ts';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;

/** Statements for the rows of one organization. */
export interface Scope {
  readonly organizationId: number;
  readonly db: Kysely<Tables>;
}

/**
 * Runs `work` in a transaction in which row-level security shows the rows of one organization and no others. Several
 * statements of one `work` see the same state.
 */
export function readOrganization<T>(
  db: Database,
  organizationId: number,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  return withSqlErrors(() =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute((transaction) => scoped(transaction, organizationId, work)),
  );
}

/** The same for writes that projection does not depend on; what it depends on is edited under the lane (`onLane`). */
export function writeOrganization<T>(
  db: Database,
  organizationId: number,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  return withSqlErrors(() => db.transaction().execute((transaction) => scoped(transaction, organizationId, work)));
}

/** The statements of an edit that holds the organization's lane, on the connection that holds it. */
export function onLane({ organizationId, client }: Transaction): Scope {
  const connection = { query: client.query.bind(client), release: () => undefined };
  const pool = { connect: () => Promise.resolve(connection), end: () => Promise.resolve() };
  return { organizationId, db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as never }) }) };
}

async function scoped<T>(
  transaction: KyselyTransaction<Tables>,
  organizationId: number,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  await sql`select set_config('passerelle.organization_id', ${String(organizationId)}, true)`.execute(transaction);
  return work({ organizationId, db: transaction });
}
