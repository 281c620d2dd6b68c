import type pg from 'pg';
import type { Problem } from '../../domain/problem.ts';
import { type AskedRunOptions, type RunMode, type RunOptions, runOptionsOf, type RunState } from '../../domain/run.ts';
import type { SourceSystemState } from '../../domain/source-system.ts';
import { inOrganization } from '../in-transaction.ts';
import { stopApproved } from '../message-guard/hold-again.ts';

/** Where runs are kept: for those who only hand it on. */
export type RunDatabase = pg.Pool;

/** A run that is ours until the lease ends, unless it is renewed. */
export interface LeasedRun {
  readonly organizationId: number;
  readonly id: string;
  readonly sourceSystemId: number;
  readonly owner: string;
  readonly state: RunState;
  readonly mode: RunMode;
  readonly options: RunOptions;
  readonly uploadId: string | null;
  readonly takesBack: string | null;
  readonly dialect: string | null;
  readonly requestedBy: string;
  readonly asOf: Date;
  /** Owners who died of it, before it had a plan. */
  readonly attempts: number;
  readonly cancelRequested: boolean;
  /** Somebody said that no blackout stops it. */
  readonly overridden: boolean;
  readonly items: number;
}

/** Somebody else took the run over, or it is to pause or to be cancelled: whoever works on it lets go. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export const leaseSeconds = 30;

/** How a statement takes and renews a lease. */
export const renewedSql = `owned_until = clock_timestamp() + interval '${String(leaseSeconds)} seconds'`;

/**
 * Takes the next run of an organization that nobody works on: of each source system the first that is open, so that its runs
 * go one after the other. One that is paused, or waits for the end of a blackout, holds up those behind it. While one is worked
 * on, an older one that has something to do again, as a hold of it was approved, waits too. An owner who did not let
 * go of a run that has no plan yet counts as an attempt that failed: whatever falls over, it does not go on for ever.
 *
 * @param only this run and no other
 */
export function claimRun(
  pool: pg.Pool,
  organizationId: number,
  owner: string,
  only: string | null = null,
  now: Date = new Date(),
): Promise<LeasedRun | undefined> {
  return inOrganization(pool, organizationId, async (client) => {
    // Most organizations have none most of the time: they cost one cheap look.
    const { rows: open } = await client.query(anyFreeRun, [organizationId]);
    if (open.length === 0) return undefined;
    // Two workers would not see what the other one is about to take.
    await client.query(`select pg_advisory_xact_lock(hashtext('claim_run'), $1)`, [organizationId]);
    const { rows } = await client.query<RunRow>(claimSql, [organizationId, owner, only, now]);
    return rows[0] && toLeased(rows[0], owner);
  });
}

const anyFreeRun = {
  name: 'any free run',
  text: `select from run where organization_id = $1 and state in ('queued', 'reading', 'planned', 'applying')
            and not paused and (owner is null or owned_until < clock_timestamp()) limit 1`,
};

/** What it waits for has come: the end of a blackout, or its source system is enabled. */
const mayGoOn = `
  (r.waits_until is null or r.waits_until <= $4)
  and (r.waits->>'for' is distinct from 'source_system'
       or exists (select from source_system s where s.organization_id = $1 and s.id = r.source_system_id and s.state = 'enabled'))`;

const claimSql = `
  with first as (
    select distinct on (source_system_id) id from run
     where organization_id = $1 and state in ('queued', 'reading', 'planned', 'applying')
     order by source_system_id, id
  )
  update run set owner = $2, ${renewedSql},
         attempts = attempts + case when state in ('queued', 'reading') and owner is not null then 1 else 0 end
   where organization_id = $1 and id = (
     select r.id from run r join first using (id)
      where r.organization_id = $1 and not r.paused and (r.owner is null or r.owned_until < clock_timestamp())
        and r.state in ('queued', 'reading', 'planned', 'applying') and ($3::uuid is null or r.id = $3)
        and (r.cancel_requested or ${mayGoOn})
        and not exists (select from run other
                         where other.organization_id = $1 and other.source_system_id = r.source_system_id and other.id <> r.id
                           and other.state in ('queued', 'reading', 'planned', 'applying') and other.owned_until >= clock_timestamp())
      order by r.id limit 1 for update of r skip locked)
  returning *`;

/** Says that the run is still worked on. False: it is somebody else's, or is to stop. */
export async function renewLease(pool: pg.Pool, run: LeasedRun): Promise<boolean> {
  const { rowCount } = await inOrganization(pool, run.organizationId, (client) =>
    client.query(
      `update run set ${renewedSql} where organization_id = $1 and id = $2 and owner = $3 and not paused and not cancel_requested`,
      [run.organizationId, run.id, run.owner],
    ),
  );
  return rowCount === 1;
}

/** Lets go of a run, for whoever comes next. */
export async function releaseRun(pool: pg.Pool, { organizationId, id, owner }: LeasedRun): Promise<void> {
  await inOrganization(pool, organizationId, (client) =>
    client.query(
      'update run set owner = null, owned_until = null where organization_id = $1 and id = $2 and owner = $3',
      [organizationId, id, owner],
    ),
  );
}

/** Lets go of a run that a blackout stops: it is taken again when that has ended, by whoever comes first. */
export async function awaitBlackout(
  pool: pg.Pool,
  { organizationId, id, owner }: LeasedRun,
  { window, until }: { readonly window: string; readonly until: Date },
  now: Date,
): Promise<void> {
  const waits = { for: 'blackout', window, since: now.toISOString() };
  await inOrganization(pool, organizationId, (client) =>
    client.query(
      `update run set owner = null, owned_until = null, waits = case when not overridden and not cancel_requested then $4::jsonb end,
              waits_until = case when not overridden and not cancel_requested then $5::timestamptz end
        where organization_id = $1 and id = $2 and owner = $3`,
      [organizationId, id, owner, JSON.stringify(waits), until],
    ),
  );
}

/** Lets go of a run whose source system is not enabled: it is taken again when that is. */
export async function awaitEnabled(
  pool: pg.Pool,
  { organizationId, id, owner }: LeasedRun,
  state: SourceSystemState,
  now: Date,
): Promise<void> {
  const waits = { for: 'source_system', window: state, since: now.toISOString() };
  await inOrganization(pool, organizationId, (client) =>
    client.query(
      `update run set owner = null, owned_until = null, waits = case when not cancel_requested then $4::jsonb end, waits_until = null
        where organization_id = $1 and id = $2 and owner = $3`,
      [organizationId, id, owner, JSON.stringify(waits)],
    ),
  );
}

/** Ends a run before its time; what it has applied stays. What was remembered for reading goes, what was approved is held again. */
export async function stopRun(
  pool: pg.Pool,
  run: LeasedRun,
  state: 'cancelled' | 'failed',
  failure?: Problem,
): Promise<void> {
  if (await stopApproved(pool, run, failure)) return;
  const { organizationId, id, owner } = run;
  await inOrganization(pool, organizationId, async (client) => {
    const { rowCount } = await client.query(
      `update run set state = $4, failure = $5, owner = null, owned_until = null, finished_at = clock_timestamp()
        where organization_id = $1 and id = $2 and owner = $3`,
      [organizationId, id, owner, state, failure === undefined ? null : JSON.stringify(failure)],
    );
    if (rowCount === 1) await forgetSeen(client, organizationId, id);
  });
}

/** What is remembered for the time of reading: `... where organization_id = ... and run_id = ...`. */
export const forgetSeenSql = ['delete from run_seen', 'delete from run_missing'] as const;

export async function forgetSeen(client: pg.ClientBase, organizationId: number, runId: string): Promise<void> {
  for (const statement of forgetSeenSql)
    await client.query(`${statement} where organization_id = $1 and run_id = $2`, [organizationId, runId]);
}

interface RunRow {
  organization_id: number;
  id: string;
  source_system_id: number;
  upload_id: string | null;
  takes_back: string | null;
  mode: RunMode;
  options: AskedRunOptions;
  dialect: string | null;
  state: RunState;
  cancel_requested: boolean;
  overridden: boolean;
  requested_by: string;
  as_of: Date;
  attempts: number;
  items: string;
}

function toLeased(row: RunRow, owner: string): LeasedRun {
  return {
    organizationId: row.organization_id,
    id: row.id,
    sourceSystemId: row.source_system_id,
    owner,
    state: row.state,
    mode: row.mode,
    options: runOptionsOf(row.options),
    uploadId: row.upload_id,
    takesBack: row.takes_back,
    dialect: row.dialect,
    requestedBy: row.requested_by,
    asOf: row.as_of,
    attempts: row.attempts,
    cancelRequested: row.cancel_requested,
    overridden: row.overridden,
    items: Number(row.items),
  };
}
