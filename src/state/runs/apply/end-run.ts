import type pg from 'pg';
import { plannerSettings } from '../../lane.ts';
import { inOrganization } from '../../in-transaction.ts';
import { LeaseLost, type LeasedRun } from '../lease.ts';
import { noteReturned } from './returned-leaves.ts';

/**
 * Ends a run: items that waited for what came later do so no more, and what became of the others is counted.
 *
 * @returns false where a hold was approved meanwhile: then there is more to apply
 * @throws LeaseLost
 */
export async function endRun(pool: pg.Pool, run: LeasedRun): Promise<boolean> {
  const { organizationId, id, owner, sourceSystemId } = run;
  await noteReturned(pool, run);
  return inOrganization(pool, organizationId, async (client) => {
    await client.query(plannerSettings);
    // Who approves locks the run first, so nothing is approved from here on.
    await client.query('select from run where organization_id = $1 and id = $2 for update', [organizationId, id]);
    const { rowCount: approved } = await client.query(
      `select from run_hold where organization_id = $1 and run_id = $2 and state = 'approved' and not done limit 1`,
      [organizationId, id],
    );
    if (approved !== 0) return false;
    await client.query(arrivedSql, [organizationId, id, sourceSystemId]);
    const { rows } = await client.query<{ outcomes: Record<string, number> }>(
      `select coalesce(jsonb_object_agg(status, count), '{}') as outcomes
         from (select status, count(*) from run_outcome where organization_id = $1 and run_id = $2 group by status) o`,
      [organizationId, id],
    );
    const outcomes = rows[0]?.outcomes ?? {};
    const { rowCount } = await client.query(
      `update run set state = 'finished', finished_at = clock_timestamp(), outcomes = $4, owner = null, owned_until = null, overridden = false,
              failure = null
        where organization_id = $1 and id = $2 and owner = $3 and state = 'applying' and not paused and not cancel_requested`,
      [organizationId, id, owner, JSON.stringify(outcomes)],
    );
    if (rowCount !== 1) throw new LeaseLost();
    await client.query(
      `update message set result = $3, duration_ms = extract(epoch from clock_timestamp() - received_at) * 1000
        where organization_id = $1 and id = $2`,
      [organizationId, id, resultOf(outcomes)],
    );
    return true;
  });
}

function resultOf(outcomes: Readonly<Record<string, number>>): string {
  if ('rejected' in outcomes || 'failed' in outcomes) return 'failure';
  return Object.keys(outcomes).length > 0 ? 'warning' : 'success';
}

/** A record that stood before what it refers to waited at first, and was projected with that. */
const arrivedSql = `
  delete from run_outcome o using run_item i
   where o.organization_id = $1 and o.run_id = $2 and o.status = 'waiting'
     and i.organization_id = $1 and i.run_id = $2 and i.number = o.number
     and case i.kind
           when 'membership' then exists (
             select from declared_enrollment d where d.organization_id = $1 and d.source_system_id = $3 and d.sourced_id = i.sourced_id and d.wait_code is null)
           when 'person' then exists (
             select from declared_user d where d.organization_id = $1 and d.source_system_id = $3 and d.sourced_id = i.sourced_id and d.live and d.wait_code is null)
           else exists (
             select from declared_org_unit d where d.organization_id = $1 and d.source_system_id = $3 and d.sourced_id = i.sourced_id and d.kind = i.kind
                and d.live and d.wait_code is null)
         end`;
