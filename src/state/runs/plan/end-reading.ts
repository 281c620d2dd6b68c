import type pg from 'pg';
import type { Guards } from '../../../domain/guards.ts';
import { plannerSettings } from '../../lane.ts';
import { inOrganization } from '../../in-transaction.ts';
import { forgetSeen, LeaseLost, type LeasedRun, renewedSql } from '../lease.ts';
import { judgePlan } from '../guard/judge-plan.ts';
import { isStatedSql } from './missing.ts';
import type { PlanProgress } from './plan-batch.ts';

/**
 * Ends reading: references that lead nowhere become problems, what was remembered goes, and the plan is there. A run that is
 * to go no further has come to its end.
 *
 * @throws LeaseLost; also where a crash of the database took what was remembered, as the file is then to be read again
 */
export async function endReading(
  pool: pg.Pool,
  run: LeasedRun,
  { keys, problems }: PlanProgress,
  guards: Guards,
): Promise<void> {
  const { organizationId, id, owner, sourceSystemId, mode } = run;
  await inOrganization(pool, organizationId, async (client) => {
    await client.query(plannerSettings);
    await requireSeen(client, run, keys);
    const { rowCount: missing } = await client.query(missingSql, [
      organizationId,
      sourceSystemId,
      id,
      problems.error + problems.warning,
    ]);
    await forgetSeen(client, organizationId, id);
    const effects = await judgePlan(client, run, guards);
    const warnings = problems.warning + (missing ?? 0);
    const { rowCount } = await client.query(
      `update run set state = $4, planned_at = clock_timestamp(), problems = $5, effects = $6, attempts = 0, ${renewedSql}
        where organization_id = $1 and id = $2 and owner = $3 and state = 'reading' and not paused and not cancel_requested`,
      [
        organizationId,
        id,
        owner,
        'planned',
        JSON.stringify({ ...problems, warning: warnings }),
        JSON.stringify(effects),
      ],
    );
    if (rowCount !== 1) throw new LeaseLost();
    if (mode !== 'apply') await endEarly(client, run);
  });
}

/** What was remembered is in an unlogged table: the database empties it when it was killed. */
export async function requireSeen(
  client: pg.ClientBase,
  { organizationId, id }: LeasedRun,
  keys: number,
): Promise<void> {
  const { rows } = await client.query<{ count: string }>(
    'select count(*) from run_seen where organization_id = $1 and run_id = $2',
    [organizationId, id],
  );
  if (Number(rows[0]?.count) !== keys) throw new LeaseLost('what was read is not remembered any more');
}

async function endEarly(client: pg.ClientBase, { organizationId, id }: LeasedRun): Promise<void> {
  await client.query(
    `update run set state = 'finished', finished_at = clock_timestamp(), owner = null, owned_until = null
      where organization_id = $1 and id = $2`,
    [organizationId, id],
  );
}

/** Root causes first: the more wait for it, the smaller its number. */
const missingSql = `
  insert into run_problem (organization_id, run_id, number, severity, code, message, file, line, kind, sourced_id, affects)
  select $1, $3, $4::bigint + row_number() over (order by w.waiting desc, w.kind, w.sourced_id), 'warning',
         case when w.kind <> 'person' then case when w.by_kind = 'membership' then 'waiting_for_org_unit' when w.by_kind = 'association' then 'waiting_for_section' else 'waiting_for_parent' end
              when w.by_kind = 'person' then 'waiting_for_agent' else 'waiting_for_user' end,
         format('No %s is known under the sourcedId "%s", neither from before nor from this file; %s of it for it. %s',
                case w.kind when '' then 'org unit' else w.kind end, w.sourced_id,
                case w.waiting when 1 then '1 record waits' else w.waiting || ' records wait' end,
                'The first of them is named here. Send what is missing: they project by themselves then.'),
         w.file, w.line, nullif(w.kind, ''), w.sourced_id, w.waiting
    from run_missing w
   where w.organization_id = $1 and w.run_id = $3 and $2::integer is not null and not ${isStatedSql}`;
