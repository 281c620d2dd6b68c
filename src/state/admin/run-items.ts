import { type RawBuilder, sql } from 'kysely';
import type { Page, RunItemFilter, RunItemView } from '../../domain/administration/index.ts';
import { encodeAfter, toPage } from './cursor.ts';
import type { Scope } from './in-organization.ts';
import type { ItemRow } from './run-views.ts';

/** So many items are looked at for one page, or a little more: one that found few goes on behind them. */
const lookedAt = 20_000;

/** Items of a plan: up to `limit + 1` of them. */
export interface FoundItems {
  readonly rows: readonly ItemRow[];
  /** Up to which number they were looked at, where there may be more behind it. */
  readonly to?: string | undefined;
}

/**
 * Items of the plan, in the order of its numbers. What it costs does not grow with the plan: fewer may be found than `limit`, and more
 * stand behind them.
 *
 * @param after the number that the page before ended with
 */
export async function findItems(
  scope: Scope,
  runId: string,
  filter: RunItemFilter,
  after: number,
  limit: number,
): Promise<FoundItems> {
  const { picked, to } = await pick(scope, runId, filter, after, limit + 1);
  return { rows: await readItems(scope, picked), to };
}

export function toItemPage(
  { rows, to }: FoundItems,
  limit: number,
  toItem: (row: ItemRow) => RunItemView,
): Page<RunItemView> {
  const page = toPage(rows, limit, (row) => [row.number], toItem);
  return page.next === undefined && to !== undefined ? { ...page, next: encodeAfter([to]) } : page;
}

interface Picked {
  /** Selects items of the plan, in their order. */
  readonly picked: RawBuilder<unknown>;
  /** Up to which number they were looked at, where there may be more behind it. */
  readonly to?: string;
}

async function pick(scope: Scope, runId: string, filter: RunItemFilter, after: number, limit: number): Promise<Picked> {
  const { operation, kind, sourcedId, noteworthy } = filter;
  const wanted = sql.join(
    [
      sql`i.organization_id = ${scope.organizationId} and i.run_id = ${runId}`,
      ...(operation === undefined ? [] : [sql`i.operation = ${operation}`]),
      ...(kind === undefined ? [] : [sql`i.kind = ${kind}`]),
      ...(sourcedId === undefined ? [] : [sql`i.sourced_id = ${sourcedId}`]),
    ],
    sql` and `,
  );
  const behind = { runId, wanted, after, limit };
  if (noteworthy !== undefined) return pickNoted(scope, behind);
  // The few of them first, whatever is believed of how they are spread.
  if (sourcedId !== undefined)
    return {
      picked: sql`select * from (select * from run_item i where ${wanted} offset 0) i
                   where i.number > ${after} order by i.number limit ${limit}`,
    };
  const spans = operation === undefined && kind === undefined ? undefined : await spansOf(scope, runId, filter);
  if (spans !== undefined) return pickInSpans(spans, behind);
  return {
    picked: sql`select * from run_item i where ${wanted} and i.number > ${after} order by i.number limit ${limit}`,
  };
}

interface Behind {
  readonly runId: string;
  /** Of an item `i`. */
  readonly wanted: RawBuilder<unknown>;
  readonly after: number;
  readonly limit: number;
}

/** Those that have an outcome: one after the other is looked up, however few they are among all. */
async function pickNoted({ db, organizationId }: Scope, { runId, wanted, after, limit }: Behind): Promise<Picked> {
  const noted = sql`select o.number from run_outcome o
                     where o.organization_id = ${organizationId} and o.run_id = ${runId} and o.number > ${after} order by o.number`;
  const { rows } = await sql<{ number: string }>`${noted} offset ${lookedAt - 1} limit 1`.execute(db);
  const to = rows[0]?.number;
  return {
    picked: sql`select i.* from (${noted} limit ${lookedAt}) o
                 cross join lateral (select * from run_item i where ${wanted} and i.number = o.number limit 1) i
                 order by o.number limit ${limit}`,
    ...(to === undefined ? {} : { to }),
  };
}

interface Span {
  readonly first: string;
  readonly last: string;
}

/** The batches with what is wanted; undefined where it was not kept of this plan, as of what was held of messages. */
async function spansOf(
  { db, organizationId }: Scope,
  runId: string,
  { operation, kind }: RunItemFilter,
): Promise<Span[] | undefined> {
  const ofRun = sql`from run_item_span where organization_id = ${organizationId} and run_id = ${runId}`;
  const { rows } = await sql<Span>`
    select distinct first, last ${ofRun}
       and ${operation === undefined ? sql`true` : sql`operation = ${operation}`}
       and ${kind === undefined ? sql`true` : sql`kind = ${kind}`}
     order by first`.execute(db);
  if (rows.length > 0) return rows;
  const all = await sql`select ${ofRun} limit 1`.execute(db);
  return all.rows.length > 0 ? [] : undefined;
}

/** Of the first of them, some may have been on the page before. */
const fewestSpans = 2;

function pickInSpans(all: readonly Span[], { wanted, after, limit }: Behind): Picked {
  const left = all.filter(({ last }) => Number(last) > after);
  let looked = 0;
  const some = left.filter(({ first, last }, index) => {
    looked += Number(last) - Number(first) + 1;
    return index < fewestSpans || looked <= lookedAt;
  });
  const to = some.length < left.length ? some.at(-1)?.last : undefined;
  return {
    picked: sql`select i.* from unnest(${some.map(({ first }) => first)}::bigint[], ${some.map(({ last }) => last)}::bigint[]) as s(first, last)
                 cross join lateral (select * from run_item i
                                      where ${wanted} and i.number between greatest(s.first, ${after}::bigint + 1) and s.last
                                      order by i.number limit ${limit}) i
                 order by i.number limit ${limit}`,
    ...(to === undefined ? {} : { to }),
  };
}

async function readItems({ db }: Scope, picked: RawBuilder<unknown>): Promise<ItemRow[]> {
  const { rows } = await sql<ItemRow>`
    with i as materialized (${picked})
    select i.number, i.operation, i.kind, i.sourced_id, f.name as file, i.line, i.command, i.before, i.hold, i.message_id, o.status, o.problems,
           case when isfinite(l.due_at) then l.due_at end as due_at, l.state as leave_state,
           case when i.hold is null then i.number <= r.applied_to else i.number <= coalesce(h.applied_to, 0) end as applied
      from i
      join run r on r.organization_id = i.organization_id and r.id = i.run_id
      left join run_file f on f.organization_id = i.organization_id and f.run_id = i.run_id and f.number = i.file
      left join run_hold h on h.organization_id = i.organization_id and h.run_id = i.run_id and h.number = i.hold
      left join run_leave l on l.organization_id = i.organization_id and l.run_id = i.run_id and l.number = i.number
      left join run_outcome o on o.organization_id = i.organization_id and o.run_id = i.run_id and o.number = i.number
     order by i.number`.execute(db);
  return rows;
}
