import type { ListCommand } from '../../domain/command.ts';
import type { Reading } from '../lane.ts';
import { listSql } from './list-sql.ts';
import type { Since } from './since.ts';

/**
 * The sourcedIds of one page of what a filter finds and is not deleted, and how many that are on all pages. All of them are
 * counted and those before the page are passed over, in the database: only the page is read and sent, so there is no
 * bound to how many there are.
 */
export async function findPage(
  { client, organizationId }: Reading,
  sourceSystemId: number,
  command: ListCommand,
  { from, size }: ListCommand['page'] & object,
  since: Since | undefined,
): Promise<{ sourcedIds: readonly string[]; total: number }> {
  const { text, values } = listSql(command, since);
  const [offset, limit] = [`$${String(values.length + 3)}::bigint`, `$${String(values.length + 4)}::bigint`];
  const { rows } = await client.query<{ total: string; sourced_ids: string[] }>(
    `select (select count(*) from (${text}) f where not f.deleted) as total,
            array(select f.sourced_id from (${text}) f where not f.deleted
                   order by f.sourced_id offset ${offset} limit ${limit}) as sourced_ids`,
    [organizationId, sourceSystemId, ...values, from, size],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a page answered nothing at all');
  return { sourcedIds: row.sourced_ids, total: Number(row.total) };
}
