import type pg from 'pg';
import { inOrganization } from '../../in-transaction.ts';
import { forgetSeen, LeaseLost, type LeasedRun, renewedSql } from '../lease.ts';

/** Begins to read, from the beginning: what an earlier attempt left goes. */
export async function beginReading(
  pool: pg.Pool,
  run: LeasedRun,
  dialect: string,
  files: readonly string[],
): Promise<void> {
  const { organizationId, id, owner } = run;
  await inOrganization(pool, organizationId, async (client) => {
    const { rowCount } = await client.query(
      `update run set state = 'reading', dialect = $4, started_at = clock_timestamp(),
              progress = '{}', counters = '{}', problems = '{}', items = 0, ${renewedSql}
        where organization_id = $1 and id = $2 and owner = $3 and state in ('queued', 'reading')`,
      [organizationId, id, owner, dialect],
    );
    if (rowCount !== 1) throw new LeaseLost();
    for (const table of ['run_item', 'run_item_span', 'run_fall', 'run_problem', 'run_file'])
      await client.query(`delete from ${table} where organization_id = $1 and run_id = $2`, [organizationId, id]);
    await forgetSeen(client, organizationId, id);
    await client.query(
      `insert into run_file (organization_id, run_id, number, name)
       select $1, $2, f.at, f.name from unnest($3::text[]) with ordinality as f(name, at)`,
      [organizationId, id, files],
    );
  });
}
