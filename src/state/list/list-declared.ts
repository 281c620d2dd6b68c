import { commandKey } from '../../domain/command.ts';
import type { ListCommand } from '../../domain/command.ts';
import type { DeclaredRecord, Found, Outcome } from '../../domain/outcome.ts';
import type { Problem } from '../../domain/problem.ts';
import { type AnswerBudget, answerBytes, tooMuch } from '../answer-budget.ts';
import type { Reading } from '../lane.ts';
import { readFields, recordOf } from '../read-declared.ts';
import { outcomeBase } from '../standing.ts';
import { findPage } from './find-page.ts';
import { isSelective, listSql } from './list-sql.ts';
import { readSince } from './since.ts';
import type { Since } from './since.ts';

/** What one answer may hold; beyond it the list is refused, never cut. */
export const mostIds = 250_000;
export const mostRecords = 5_000;

/**
 * Finds what the source system declared, in the order of the sourcedIds.
 *
 * Nobody who comes back with the save point misses a change: at that moment the reader held the organization's lane (rule 1),
 * so whatever is not seen here is written by somebody who takes the lane later, in a statement later than that moment.
 * `declared_at` and the ids of changes are moments of statements (not of transactions, which may have begun before,
 * waiting for the lane). What is of the very millisecond comes twice. It holds as long as the clock of the database does not
 * go back.
 *
 * @param budget what is left of the answer to its message; a slice ends where it is spent
 * @param savePoint a moment at which the lane was held, before the snapshot was taken that is read (ISO 8601)
 */
export async function listDeclared(
  reading: Reading,
  sourceSystemId: number,
  command: ListCommand,
  savePoint: string,
  budget: AnswerBudget,
): Promise<Outcome> {
  const { changedSince } = command.filter;
  const since = changedSince === undefined ? undefined : await readSince(reading, changedSince);
  if (since?.sort === 'undone') return rejected(command, undone);
  if (since?.sort === 'ahead') return rejected(command, ahead);
  const warnings = since?.sort === 'too_old' ? [tooOld(since.keptFrom)] : [];
  const { slice, page } = command;
  if (page !== undefined) {
    const { sourcedIds, total } = await findPage(reading, sourceSystemId, command, page, since);
    const records = await readRecords(reading, sourceSystemId, command, sourcedIds, budget);
    if (records.length < sourcedIds.length) return rejected(command, tooMuch());
    return read(command, { sourcedIds, savePoint, records, total }, warnings);
  }
  const rows = await find(reading, sourceSystemId, command, since);
  if (rows === undefined) return rejected(command, tooMuch());
  if (slice === undefined && rows.length > mostIds) return rejected(command, tooMany(command, 'sourcedIds', mostIds));
  const shown = slice === undefined ? rows : rows.slice(0, slice.size);
  const last = shown.at(-1);
  const found = {
    sourcedIds: shown.map(({ id }) => id),
    savePoint: slice?.savePoint ?? savePoint,
    ...(shown.length < rows.length && last !== undefined ? { next: last.id } : {}),
  };
  if (command.records !== true) return read(command, found, warnings);
  const ids = shown.filter(({ deleted }) => !deleted).map(({ id }) => id);
  if (ids.length > mostRecords) return rejected(command, tooMany(command, 'records', mostRecords));
  const records = await readRecords(reading, sourceSystemId, command, ids, budget);
  if (records.length === ids.length) return read(command, { ...found, records }, warnings);
  const end = records.at(-1)?.sourcedId;
  if (slice === undefined || end === undefined) return rejected(command, tooMuch());
  const sourcedIds = found.sourcedIds.slice(0, found.sourcedIds.indexOf(end) + 1);
  return read(command, { ...found, sourcedIds, next: end, records }, warnings);
}

/** The present moment as a save point; the lane is held. */
export async function momentOf({ client }: Reading): Promise<string> {
  const { rows } = await client.query<{ moment: Date }>(
    `select date_trunc('milliseconds', statement_timestamp()) as moment`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the database does not know what time it is');
  return row.moment.toISOString();
}

interface FoundRow {
  readonly id: string;
  readonly deleted: boolean;
}

/** The rows by their sourcedIds; one more than are asked for, if there are more. Undefined: their ids alone are too much. */
async function find(
  { client, organizationId }: Reading,
  sourceSystemId: number,
  command: ListCommand,
  since: Since | undefined,
): Promise<FoundRow[] | undefined> {
  const { text, values } = listSql(command, since);
  const { slice } = command;
  // Sorted at the end: in the order of the key it would be sought by the key, whatever the filter.
  const sorted = slice !== undefined && isSelective(command.filter, since);
  const shown = sorted
    ? `select * from found where sourced_id > $${String(values.length + 3)}::text order by sourced_id limit $${String(values.length + 4)}::bigint`
    : `select * from found limit ${String(mostIds + 1)}`;
  const { rows } = await client.query<{ sourced_ids: string[] | null; deleted_ids: string[] }>(
    `with found as materialized (${slice === undefined ? `${text} limit ${String(mostIds + 1)}` : text}), shown as (${shown})
     select case when (select coalesce(sum(octet_length(s.sourced_id)), 0) from shown s) <= ${String(answerBytes)}
                 then coalesce((select array_agg(s.sourced_id order by s.sourced_id) from shown s), '{}') end as sourced_ids,
            coalesce((select array_agg(s.sourced_id) from shown s where s.deleted), '{}') as deleted_ids`,
    [organizationId, sourceSystemId, ...values, ...(sorted ? [slice.after, slice.size + 1] : [])],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a list answered nothing at all');
  const deleted = new Set(row.deleted_ids);
  return row.sourced_ids?.map((id) => ({ id, deleted: deleted.has(id) }));
}

/** The records in their order, as many as fit into the answer. */
async function readRecords(
  reading: Reading,
  sourceSystemId: number,
  { entity, kind }: ListCommand,
  sourcedIds: readonly string[],
  budget: AnswerBudget,
): Promise<Found['records'] & object> {
  if (budget.left() === 0) return [];
  const keys = sourcedIds.map((sourcedId) => ({ entity, kind, sourcedId }));
  const fields = await readFields(reading, sourceSystemId, keys, budget.left());
  const records: DeclaredRecord[] = [];
  for (const key of keys) {
    const row = fields.get(commandKey(key));
    // It was there a moment ago, in the same snapshot or under the lane.
    if (row === undefined) throw new Error(`the ${kind} ${key.sourcedId} is gone`);
    if (!budget.take(row === 'beyond' ? Infinity : row.bytes) || row === 'beyond') break;
    records.push(recordOf(key, row));
  }
  return records;
}

function read(command: ListCommand, found: Found, warnings: readonly Problem[]): Outcome {
  return { ...outcomeBase(command), status: 'read', problems: [...(command.notes ?? []), ...warnings], found };
}

function rejected(command: ListCommand, problem: Problem): Outcome {
  const { at } = command;
  return {
    ...outcomeBase(command),
    status: 'rejected',
    problems: [{ ...problem, ...(at === undefined ? {} : { at }) }],
  };
}

function tooMany({ kind }: ListCommand, what: string, limit: number): Problem {
  const message = `More than ${String(limit)} ${what} of the kind ${kind} are found; at most ${String(limit)} are answered at a time.`;
  return { code: 'too_many_results', message };
}

function tooOld(keptFrom: Date): Problem {
  const message = `The save point is older than the changes that are kept (${keptFrom.toISOString()}): everything is answered, also what did not change since. Go on from the new save point.`;
  return { code: 'save_point_expired', message };
}

const ahead: Problem = {
  code: 'save_point_invalid',
  message: 'The save point lies in the future, so it is none that was given here. Send one that an answer told.',
};

const undone: Problem = {
  code: 'save_point_expired',
  message:
    'The gateway was restored to a state before this save point: what it told you then may be undone. Read everything again, compare, and go on from the save point of that answer.',
};
