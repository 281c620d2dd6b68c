import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import { inOrganization } from '../../in-transaction.ts';
import { plannerSettings } from '../../lane.ts';
import { LeaseLost, type LeasedRun } from '../lease.ts';
import { liveSql } from './judge-plan.ts';
import { isThere, removalSql } from './risks-sql.ts';

/** A window in which only what a run adds is applied, and what it changes if `changes`. */
export interface HoldingWindow {
  readonly window: string;
  readonly until: Date;
  readonly changes: boolean;
}

/**
 * Holds what a window keeps back of the items that are to be applied still, kind by kind. It found grace in the eyes of all other
 * guards and only came at the wrong time: it is applied by itself when the window ends.
 *
 * @param days until the hold expires, from the end of the window
 * @throws LeaseLost
 */
export async function holdForWindow(
  pool: pg.Pool,
  { organizationId, id, sourceSystemId, owner }: LeasedRun,
  { window, until, changes }: HoldingWindow,
  days: number,
): Promise<void> {
  await inOrganization(pool, organizationId, async (client) => {
    await client.query(plannerSettings);
    // The run first, as whoever decides on a hold does.
    const { rows: locked } = await client.query<{ applied_to: string; next: number }>(
      `select r.applied_to, (select coalesce(max(h.number), 0) + 1 from run_hold h where h.organization_id = $1 and h.run_id = $2) as next
         from run r where r.organization_id = $1 and r.id = $2 and r.owner = $3 for update`,
      [organizationId, id, owner],
    );
    const [run] = locked;
    if (run === undefined) throw new LeaseLost();
    const kept = keptBack(changes);
    const values = [organizationId, id, run.applied_to];
    const { rows } = await client.query<{ kind: WireKind; items: string; live: string }>(
      `with live as (${liveSql('$1', '$4')})
       select i.kind, i.items, coalesce(l.count, 0) as live
         from (select i.kind, count(*) as items from run_item i where ${kept} group by i.kind) i
         left join live l using (kind)
        order by i.kind`,
      [...values, sourceSystemId],
    );
    let number = run.next;
    for (const { kind, items, live } of rows) {
      await client.query(`update run_item i set hold = $4 where ${kept} and i.kind = $5`, [...values, number, kind]);
      const behind = await client.query(behindSql, [organizationId, id, run.applied_to, kind, number]);
      const finding = { count: Number(items), of: Number(live), limit: { count: 0 }, window };
      await client.query(
        `insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, expires_at, release_at)
         values ($1, $2, $3, 'adds_only', $4, $5, $6, 'held', greatest($7, now()) + make_interval(days => $8), $7)`,
        [
          organizationId,
          id,
          number,
          kind,
          JSON.stringify(finding),
          Number(items) + (behind.rowCount ?? 0),
          until,
          days,
        ],
      );
      number += 1;
    }
  });
}

/**
 * What would end or change what was there before the run, with all that the run says of it. What it adds comes with what it says of it, be that
 * a delete.
 */
const keptBack = (changes: boolean): string => `
  i.organization_id = $1 and i.run_id = $2 and i.number > $3 and i.hold is null and ${isThere}
    and ${changes ? removalSql(true) : `i.operation <> 'add'`}`;

/** What the run says of the same keys behind what is kept back waits with it, to keep its order. */
const behindSql = `
  update run_item i set hold = $5
    from (select h.sourced_id, min(h.number) as number from run_item h
           where h.organization_id = $1 and h.run_id = $2 and h.number > $3 and h.kind = $4 and h.hold = $5 group by h.sourced_id) held
   where i.organization_id = $1 and i.run_id = $2 and i.number > held.number and i.kind = $4 and i.hold is null and i.sourced_id = held.sourced_id`;
