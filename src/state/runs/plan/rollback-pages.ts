import type pg from 'pg';
import { inOrganization } from '../../in-transaction.ts';
import { plannerSettings } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import { isAppliedSql } from '../newer-sql.ts';
import type { PlanRecord } from './planning.ts';
import { commandOf, commandsOf, type FormerRow } from './rollback-command.ts';
import { forgottenPages } from './rollback-forgotten.ts';

const pageSize = 2_000;

export interface RollbackPage {
  readonly records: readonly PlanRecord[];
  /** How many items of the other run were looked at so far, and how many it has. */
  readonly itemsRead: number;
  readonly itemsTotal: number;
}

/**
 * What takes a run back: for each key that it has applied, the last one first, a command that declares the row as it was before
 * the run. What was not there is deleted.
 */
export async function* rollbackPages(pool: pg.Pool, run: LeasedRun): AsyncGenerator<RollbackPage> {
  let before: number | null = null;
  let itemsTotal = 0;
  let isLast = false;
  while (!isLast) {
    const rows = await readPage(pool, run, before);
    isLast = rows.length < pageSize;
    before = Number(rows.at(-1)?.number ?? 0);
    itemsTotal = Number(rows.at(-1)?.items_total ?? itemsTotal);
    // They are looked at from the last one to the first one.
    const itemsRead = isLast ? itemsTotal : Math.max(0, itemsTotal - before);
    yield { records: rows.flatMap(commandsOf).map((command) => ({ command })), itemsRead, itemsTotal };
  }
  for await (const rows of forgottenPages(pool, run))
    yield { records: rows.map((row) => ({ command: commandOf(row) })), itemsRead: itemsTotal, itemsTotal };
}

interface Row extends FormerRow {
  number: string;
  items_total: string;
}

function readPage(pool: pg.Pool, run: LeasedRun, before: number | null): Promise<Row[]> {
  return inOrganization(pool, run.organizationId, async (client) => {
    await client.query(plannerSettings);
    const { rows } = await client.query<Row>({
      name: 'run_rollback_page',
      text: pageSql,
      values: [run.organizationId, run.takesBack, before, run.options.only ?? null, pageSize],
    });
    return rows;
  });
}

/** Of those who named a person, whoever is there still: nothing is restored of others. */
const namedByThoseSql = (before: string): string => `
         case when ${before} ? 'naming' then jsonb_set(${before}, '{naming}', (
                select coalesce(jsonb_agg(n.value order by n.position), '[]')
                  from jsonb_array_elements(${before}->'naming') with ordinality as n(value, position)
                 where exists (select from declared_user d
                                where d.organization_id = $1 and d.source_system_id = r.source_system_id and d.sourced_id = n.value->>'sourcedId' and not d.deleted offset 0)))
              else ${before} end`;

/** The first item of a key that was applied has the row as it was before the run. */
const pageSql = `
  select i.number, i.entity, i.kind, i.sourced_id, ${namedByThoseSql('i.before')} as before, r.items as items_total
    from run_item i
    join run r on r.organization_id = $1 and r.id = $2
   where i.organization_id = $1 and i.run_id = $2 and ($3::bigint is null or i.number < $3) and ($4::text[] is null or i.sourced_id = any($4))
     and ${isAppliedSql('i', 'r')}
     and not exists (select from run_item e
                      where e.sourced_id = i.sourced_id and e.run_id = $2 and e.organization_id = $1 and e.kind = i.kind and e.number < i.number
                        and ${isAppliedSql('e', 'r')})
   order by i.number desc limit $5`;
