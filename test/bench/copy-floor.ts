import { join } from 'node:path';
import type pg from 'pg';

/** What a run stores: declared and projected rows, changes, and its plan. */
const tables = [
  'declared_user',
  'declared_org_unit',
  'declared_parent',
  'declared_enrollment',
  'link',
  'lms_user',
  'lms_org_unit',
  'lms_org_unit_parent',
  'lms_enrollment',
  'change',
  'run_item',
];

/**
 * Seconds to COPY all rows of these tables into bare tables with the same primary keys.
 *
 * @param folder where the server may write its files
 */
export async function copyFloor(pool: pg.Pool, folder: string, print: (text: string) => void): Promise<number> {
  let seconds = 0;
  let rows = 0;
  for (const table of tables) {
    const file = join(folder, `${table}.copy`);
    await pool.query(`copy (select * from ${table}) to '${file}' (format binary)`);
    await pool.query(`create table floor_${table} (like ${table})`);
    await pool.query(`alter table floor_${table} add primary key (${await primaryKeyOf(pool, table)})`);
    const begun = performance.now();
    const { rowCount } = await pool.query(`copy floor_${table} from '${file}' (format binary)`);
    seconds += (performance.now() - begun) / 1000;
    rows += rowCount ?? 0;
    await pool.query(`drop table floor_${table}`);
  }
  print(`floor: ${String(rows)} rows copied in ${seconds.toFixed(1)} s`);
  return seconds;
}

async function primaryKeyOf(pool: pg.Pool, table: string): Promise<string> {
  const { rows } = await pool.query<{ columns: string }>(
    `select string_agg(quote_ident(a.attname), ', ' order by k.ord) as columns
       from pg_index i
       cross join lateral unnest(i.indkey) with ordinality as k(attnum, ord)
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      where i.indrelid = $1::regclass and i.indisprimary`,
    [table],
  );
  return rows[0]?.columns ?? '';
}
