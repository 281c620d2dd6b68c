import { sql } from 'kysely';
import { forgetSeenSql } from '../runs/lease.ts';
import type { Scope } from './in-organization.ts';

/*
 * Pausing, resuming and cancelling: each answers whether the run was open. The applying of what was approved is cancelled elsewhere
 * (message-guard/hold-again.ts).
 */

const isOpen = sql`state in ('queued', 'reading', 'planned', 'applying')`;

export async function setPaused({ db, organizationId }: Scope, id: string, paused: boolean): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update run set paused = ${paused} where organization_id = ${organizationId} and id = ${id} and ${isOpen}`.execute(
    db,
  );
  return numAffectedRows === 1n;
}

/** No blackout stops it until it ends. Guards, and windows for adds alone, hold as before. */
export async function override({ db, organizationId }: Scope, id: string, by: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update run set paused = false, overridden = true, overridden_by = ${by}, overridden_at = now(), waits = null, waits_until = null
     where organization_id = ${organizationId} and id = ${id} and ${isOpen}`.execute(db);
  return numAffectedRows === 1n;
}

/** Whoever works on it lets go of it; where nobody does, it has ended at once. */
export async function cancel({ db, organizationId }: Scope, id: string): Promise<boolean> {
  const { rows } = await sql<{ state: string }>`
    update run set cancel_requested = true, paused = false,
           state = case when owner is null or owned_until < now() then 'cancelled' else state end,
           finished_at = case when owner is null or owned_until < now() then now() end
     where organization_id = ${organizationId} and id = ${id} and ${isOpen}
     returning state`.execute(db);
  if (rows[0]?.state === 'cancelled')
    for (const statement of forgetSeenSql)
      await sql`${sql.raw(statement)} where organization_id = ${organizationId} and run_id = ${id}`.execute(db);
  return rows.length === 1;
}
