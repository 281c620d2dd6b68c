import type pg from 'pg';
import type { Sealer } from '../../../domain/access.ts';
import { inOrganization } from '../../in-transaction.ts';
import { bodyContext } from '../../journal.ts';
import { LeaseLost, type LeasedRun, renewedSql } from '../lease.ts';

/**
 * The run goes on to apply its plan, or goes on applying. It has a message of its own id in the journal: changes and declared
 * rows lead to it.
 *
 * @returns the number up to which items are applied
 */
export async function beginApplying(pool: pg.Pool, run: LeasedRun, sealer: Sealer): Promise<number> {
  const { organizationId, id, owner } = run;
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ applied_to: string; begun: boolean }>(
      `update run set state = 'applying', applying_at = coalesce(applying_at, clock_timestamp()), waits = null, waits_until = null, ${renewedSql}
        where organization_id = $1 and id = $2 and owner = $3 and state in ('planned', 'applying') and not paused and not cancel_requested
       returning applied_to, state`,
      [organizationId, id, owner],
    );
    if (rows[0] === undefined) throw new LeaseLost();
    await journalRun(client, run, sealer);
    return Number(rows[0].applied_to);
  });
}

async function journalRun(client: pg.ClientBase, run: LeasedRun, sealer: Sealer): Promise<void> {
  const { organizationId, id, uploadId, takesBack } = run;
  const body = Buffer.from(JSON.stringify({ run: id, upload: uploadId, takesBack, options: run.options }));
  await client.query(
    `insert into message (organization_id, id, source_system_id, user_name, received_at, door, dialect, operation, content_type,
                          remote_address, size_bytes, body, result, sourced_ids, outcomes, duration_ms)
     select $1, $2, r.source_system_id, r.requested_by, r.requested_at, 'file', coalesce(r.dialect, 'rollback'), 'run', 'application/json',
            '', $3, $4, 'success', '{}', '[]', 0
       from run r where r.organization_id = $1 and r.id = $2
     on conflict (organization_id, id) do nothing`,
    [organizationId, id, body.length, sealer.seal(body, bodyContext(organizationId, id))],
  );
}
