import type pg from 'pg';
import type { LeasedRun } from '../lease.ts';

/**
 * The same bytes were applied before, and taken back. That is over once somebody has approved or forced all of them since, or another file
 * was applied: what they say may be meant by then. A run that was itself taken back ends nothing; a rollback that was, or of which all was
 * held and nothing approved, took nothing back.
 */
export async function wasTakenBack(
  client: pg.ClientBase,
  { organizationId, id, uploadId }: LeasedRun,
): Promise<boolean> {
  if (uploadId === null) return false;
  const { rowCount } = await client.query(takenBackSql, [organizationId, uploadId, id]);
  return rowCount !== 0;
}

/** Of a run `name`: another one has taken it back. */
export const isTakenBack = (name: string): string => `
  exists (select from run undo
           where undo.organization_id = ${name}.organization_id and undo.takes_back = ${name}.id and ${tookBack('undo')}
             and undo.options->'only' is null)`;

/** Of a rollback `name`: it is at its end, and not all of it was kept back. */
const tookBack = (name: string): string => `
  ${name}.mode = 'apply' and ${name}.state = 'finished'
  and (${name}.items = 0 or ${name}.applied_to > 0
       or exists (select from run_hold h where h.organization_id = ${name}.organization_id and h.run_id = ${name}.id and h.applied_to > 0))`;

/**
 * Nothing of a run `name` was held by such holds (`h`), or all of it was approved but for what somebody else said something else of.
 */
export const isBelieved = (name: string, holds: string): string => `
  coalesce((select bool_or(h.state = 'approved') and not bool_or(h.state in ('held', 'discarded', 'expired'))
              from run_hold h where h.organization_id = ${name}.organization_id and h.run_id = ${name}.id and h.items > 0 and ${holds}), true)`;

const takenBackSql = `
  select from upload u
    join upload same on same.organization_id = $1 and same.source_system_id = u.source_system_id and same.sha256 = u.sha256
    join run r on r.organization_id = $1 and r.upload_id = same.id and r.id < $3
    join run back on back.organization_id = $1 and back.takes_back = r.id and back.id < $3 and ${tookBack('back')}
   where u.organization_id = $1 and u.id = $2 and not ${isTakenBack('back')}
     and not exists (
           select from run later
             join upload its on its.organization_id = $1 and its.id = later.upload_id
            where later.organization_id = $1 and later.source_system_id = u.source_system_id and later.id > back.id and later.id < $3
              and later.state = 'finished' and later.applying_at is not null and not ${isTakenBack('later')}
              and (its.sha256 <> u.sha256 or ${isBelieved('later', `h.guard = 'taken_back'`)}))
   limit 1`;
