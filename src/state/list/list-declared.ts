import { commandKey } from '../../domain/command.ts';
import type { ListCommand } from '../../domain/command.ts';
import type { Found, Outcome } from '../../domain/outcome.ts';
import type { Lane } from '../lane.ts';
import { readFields, recordOf } from '../read-declared.ts';
import { outcomeBase } from '../standing.ts';
import { listSql } from './list-sql.ts';

/** What one answer may hold; beyond it the list is refused, never cut. */
export const mostIds = 250_000;
export const mostRecords = 5_000;

/**
 * Finds what the source system declared, in the order of the sourcedIds.
 *
 * The save point is the moment of the statement that reads, and nobody who comes back with it misses a change: the reader
 * holds the organization's lane (rule 1), so whatever is declared and not seen here is written by somebody who takes the
 * lane later, in a statement later than this one, and `declared_at` is the moment of that statement (not of its transaction,
 * which may have begun before, waiting for the lane). What is of the very millisecond comes twice. It holds as long as the
 * clock of the database does not go back.
 */
export async function listDeclared(lane: Lane, sourceSystemId: number, command: ListCommand): Promise<Outcome> {
  const { text, values } = listSql(command);
  const { rows } = await lane.client.query<ListedRow>(
    // Sorted at the end: in the order of the key it would be sought by the key, whatever the filter.
    `with found as materialized (${text} limit ${String(mostIds + 1)})
     select date_trunc('milliseconds', statement_timestamp()) as save_point,
            coalesce((select array_agg(f.sourced_id order by f.sourced_id) from found f), '{}') as sourced_ids,
            coalesce((select array_agg(f.sourced_id order by f.sourced_id) from found f where f.deleted), '{}') as deleted_ids`,
    [lane.organizationId, sourceSystemId, ...values],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a list answered nothing at all');
  const { sourced_ids: sourcedIds, deleted_ids: deletedIds, save_point: savePoint } = row;
  if (sourcedIds.length > mostIds) return tooMany(command, 'sourcedIds', mostIds);
  const found = { sourcedIds, savePoint: savePoint.toISOString() };
  if (command.records !== true) return read(command, found);
  const deleted = new Set(deletedIds);
  const live = sourcedIds.filter((id) => !deleted.has(id));
  const { page } = command;
  const shown = page === undefined ? live : live.slice(page.from, page.from + page.size);
  if (shown.length > mostRecords) return tooMany(command, 'records', mostRecords);
  const records = await readRecords(lane, sourceSystemId, command, shown);
  return read(command, { ...found, records, ...(page === undefined ? {} : { total: live.length }) });
}

interface ListedRow {
  save_point: Date;
  sourced_ids: string[];
  deleted_ids: string[];
}

async function readRecords(
  lane: Lane,
  sourceSystemId: number,
  { entity, kind }: ListCommand,
  sourcedIds: readonly string[],
): Promise<Found['records'] & object> {
  const keys = sourcedIds.map((sourcedId) => ({ entity, kind, sourcedId }));
  const fields = await readFields(lane, sourceSystemId, keys);
  return keys.flatMap((key) => {
    const row = fields.get(commandKey(key));
    return row === undefined ? [] : [recordOf(key, row)];
  });
}

function read(command: ListCommand, found: Found): Outcome {
  return { ...outcomeBase(command), status: 'read', problems: command.notes ?? [], found };
}

function tooMany(command: ListCommand, what: string, limit: number): Outcome {
  const { kind, at } = command;
  const message = `More than ${String(limit)} ${what} of the kind ${kind} are found; at most ${String(limit)} are answered at a time.`;
  const problem = { code: 'too_many_results' as const, message, ...(at === undefined ? {} : { at }) };
  return { ...outcomeBase(command), status: 'rejected', problems: [problem] };
}
