import { sql } from 'kysely';
import type { Editor } from '../../domain/administration/index.ts';
import { type AccessChange, configChannel } from '../access/notify-access.ts';
import type { Cause } from '../changes.ts';
import type { Store, Transaction } from '../store.ts';
import { nothingTouched, type Touched } from '../touched.ts';
import { onLane, type Scope } from './in-organization.ts';
import { withSqlErrors } from './sql-errors.ts';

/** What an edit does under the lane: its answer, and the declared rows that it touches. */
export interface Edit<T> {
  readonly result: T;
  readonly touched?: Touched;
}

export type EditUnderLane = <T>(
  editor: Editor,
  reason: Cause['reason'],
  change: (scope: Scope, transaction: Transaction) => Promise<Edit<T>>,
) => Promise<T>;

/** Edits what the projection depends on: it is projected again in the same transaction, or queued (rule 8). */
export function createEdits(store: Pick<Store, 'edit'>): EditUnderLane {
  return ({ organizationId, actor }, reason, change) =>
    withSqlErrors(() =>
      store.edit(organizationId, { reason, actor }, async (transaction) => {
        const { result, touched = nothingTouched } = await change(onLane(transaction), transaction);
        return { result, touched };
      }),
    );
}

/** Tells every process, at the commit, to forget all logins and tokens: some have gone with their organization. */
export async function notifyAccessGone({ db, organizationId }: Scope): Promise<void> {
  for (const change of [{ kind: 'access_policy', organizationId }, { kind: 'api_token' }] satisfies AccessChange[]) {
    await sql`select pg_notify(${configChannel}, ${JSON.stringify(change)})`.execute(db);
  }
}

/** Tells every process, at the commit, to read its configuration of the organization again. */
export async function notifyConfiguration({ db, organizationId }: Scope, sourceSystemId?: number): Promise<void> {
  const change = { kind: 'source_system', organizationId, ...(sourceSystemId === undefined ? {} : { sourceSystemId }) };
  await sql`select pg_notify(${configChannel}, ${JSON.stringify(change)})`.execute(db);
}
