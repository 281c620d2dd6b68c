import { isPairDelete } from '../../domain/command.ts';
import type { RecordCommand } from '../../domain/command.ts';
import type { WireKind } from '../../domain/entities.ts';
import type { GuardLimit } from '../../domain/guards.ts';
import type { ItemOperation, KindCounters } from '../../domain/run.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { declaredImageSql } from '../runs/plan/declared-image.ts';
import {
  addHold,
  beginHoldingRun,
  type HoldingRun,
  lockHoldingRun,
  type MessageHold,
  writeHolds,
  writeRun,
} from './holding-run.ts';
import { keyParameters, keysSql } from './keys.ts';

/** A command of a message that is not applied before somebody says so. */
export type ToHold = Kept & (Found | Behind);

interface Kept {
  readonly command: RecordCommand;
  readonly messageId: string;
  readonly operation: ItemOperation;
}

interface Found {
  readonly guard: 'removals' | 'effects' | 'identifiers' | 'changes';
  readonly finding: HoldFinding;
}

/** It builds on what is in this hold. */
interface Behind {
  readonly behind: number;
}

export interface HoldFinding {
  readonly count: number;
  readonly of: number;
  readonly limit: GuardLimit;
  readonly windowMinutes: number;
}

/** Where a held command is to be found. */
export interface HeldIn {
  readonly run: string;
  readonly hold: number;
}

/**
 * Keeps commands as items of the run of messages of their source system, each with the declared row as it is: approval and
 * rollback treat them as those of files. What was superseded of the same keys makes room.
 */
export async function holdCommands(lane: Lane, source: LaneSource, all: readonly ToHold[]): Promise<HeldIn[]> {
  const run = (await lockHoldingRun(lane, source)) ?? (await beginHoldingRun(lane, source));
  const rows = await itemsOf(lane, source, all);
  const free = await freeNumbers(lane, run, rows);
  const touched = new Set<MessageHold>();
  for (const { hold: number, count } of free.left) {
    known(run, number).items -= count;
  }
  await releaseItems(lane, run, free.left);
  const holds = all.map((one) => holdFor(run, one));
  const items = rows.map(({ at, ...row }) => {
    const hold = holds[at];
    if (hold === undefined) throw new Error('an item has no hold');
    hold.items += 1;
    touched.add(hold);
    const number = free.numbers.get(keyOf(row)) ?? (run.items += 1);
    return { ...row, number, hold: hold.number };
  });
  run.counters = counted(
    run.counters,
    rows.filter((row) => !free.numbers.has(keyOf(row))),
  );
  await writeHolds(lane, source, run, touched, null);
  await writeItems(lane, source, run, items);
  await writeRun(lane, run);
  return holds.map(({ number: hold }) => ({ run: run.id, hold }));
}

interface ItemRow {
  readonly at: number;
  readonly entity: string;
  readonly kind: WireKind;
  readonly sourced_id: string;
  readonly operation: ItemOperation;
  readonly command: object;
  readonly message_id: string;
}

/** A delete by pair is as many items as there are rows of the pair (rule 5). */
async function itemsOf(lane: Lane, source: LaneSource, all: readonly ToHold[]): Promise<ItemRow[]> {
  const pairs = all.map(({ command }) => command).filter(isPairDelete);
  const rowsOf = pairs.length === 0 ? undefined : await readPairRows(lane, source, all);
  return all.flatMap(({ command: given, messageId, operation }, at) => {
    const { entity, kind, sourcedId, notes: _notes, at: _at, ...command } = given;
    const row = { at, entity, kind, operation, message_id: messageId };
    if (!isPairDelete(given)) return [{ ...row, sourced_id: sourcedId, command }];
    const { pair: _pair, ...deleted } = command as { pair?: unknown };
    return (rowsOf?.get(at) ?? []).map((each) => ({ ...row, sourced_id: each, command: deleted }));
  });
}

async function readPairRows(
  lane: Lane,
  source: LaneSource,
  all: readonly ToHold[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const { own, pairs } = keyParameters(all.map(({ command }) => command));
  const { rows } = await lane.client.query<{ at: number; sourced_id: string }>({
    name: 'message_pair_rows',
    text: `select k.at, k.sourced_id from (${keysSql(3)}) k where k.kind = 'membership' and k.at = any($6::integer[])`,
    values: [lane.organizationId, source.id, ...own, ...pairs],
  });
  return new Map([...Map.groupBy(rows, ({ at }) => at)].map(([at, found]) => [at, found.map((row) => row.sourced_id)]));
}

/** The open hold of the guard and kind; one of which all was superseded is opened again. What was taken out of one takes nothing more: a file may be about to take its place. */
function holdFor(run: HoldingRun, wanted: ToHold): MessageHold {
  if ('behind' in wanted) return known(run, wanted.behind);
  const {
    guard,
    command: { kind },
    finding,
  } = wanted;
  const alike = run.holds.filter((hold) => hold.guard === guard && hold.kind === kind);
  const hold =
    alike.find(({ open, finding: { partOf } }) => open && partOf === undefined) ??
    alike.find(
      ({ state, items, finding: found }) => state === 'superseded' && items === 0 && found.partOf === undefined,
    ) ??
    addHold(run, { guard, kind, finding: { ...finding }, state: 'held' });
  hold.finding = { ...finding };
  hold.state = 'held';
  hold.open = true;
  return hold;
}

function known(run: HoldingRun, number: number): MessageHold {
  const hold = run.holds.find((each) => each.number === number);
  if (hold === undefined) throw new Error(`the run ${run.id} has no hold ${number}`);
  return hold;
}

interface Freed {
  readonly number: number;
  readonly hold: number;
  readonly count: number;
}

/**
 * Items of the same keys that were superseded, and after which nothing else of their key comes: a SIS that says the same thing again and
 * again has one item of it, not a thousand.
 */
async function freeNumbers(
  lane: Lane,
  run: HoldingRun,
  rows: readonly ItemRow[],
): Promise<{ readonly numbers: ReadonlyMap<string, number>; readonly left: readonly Freed[] }> {
  if (!run.holds.some(({ state, items }) => state === 'superseded' && items > 0))
    return { numbers: new Map(), left: [] };
  const { rows: found } = await lane.client.query<{ kind: string; sourced_id: string; number: number; hold: number }>({
    name: 'message_items_free',
    text: `select distinct on (i.kind, i.sourced_id) i.kind, i.sourced_id, i.number::integer, i.hold
             from unnest($3::text[], $4::text[]) as k(kind, sourced_id)
             join run_item i on i.sourced_id = k.sourced_id and i.run_id = $2 and i.organization_id = $1 and i.kind = k.kind
             join run_hold h on h.organization_id = $1 and h.run_id = $2 and h.number = i.hold and h.state = 'superseded'
            where not exists (
                    select from run_item o
                      join run_hold oh on oh.organization_id = $1 and oh.run_id = $2 and oh.number = o.hold and oh.state <> 'superseded'
                     where o.sourced_id = i.sourced_id and o.run_id = $2 and o.organization_id = $1 and o.kind = i.kind and o.number > i.number)
            order by i.kind, i.sourced_id, i.number`,
    values: [lane.organizationId, run.id, rows.map(({ kind }) => kind), rows.map((row) => row.sourced_id)],
  });
  return {
    numbers: new Map(found.map((row) => [keyOf(row), row.number])),
    left: found.map(({ number, hold }) => ({ number, hold, count: 1 })),
  };
}

function keyOf({ kind, sourced_id: sourcedId }: { readonly kind: string; readonly sourced_id: string }): string {
  return `${kind} ${sourcedId}`;
}

async function releaseItems(lane: Lane, run: HoldingRun, left: readonly Freed[]): Promise<void> {
  if (left.length === 0) return;
  const rows = [...new Set(left.map(({ hold }) => hold))].map((number) => ({
    number,
    items: known(run, number).items,
  }));
  await lane.client.query({
    name: 'message_items_release',
    text: `with told as (delete from run_outcome where organization_id = $1 and run_id = $2 and number = any($3::bigint[]))
           update run_hold h set items = r.items from jsonb_to_recordset($4) as r(number integer, items bigint)
            where h.organization_id = $1 and h.run_id = $2 and h.number = r.number`,
    values: [lane.organizationId, run.id, left.map(({ number }) => number), JSON.stringify(rows)],
  });
}

async function writeItems(lane: Lane, source: LaneSource, run: HoldingRun, items: readonly object[]): Promise<void> {
  await lane.client.query({
    name: 'message_items_write',
    text: `insert into run_item (organization_id, run_id, number, entity, kind, sourced_id, operation, command, before, hold, message_id)
           select $1, $3, k.number, k.entity, k.kind, k.sourced_id, k.operation, k.command, d.before || jsonb_build_object('messageId', d.message_id),
                  k.hold, k.message_id
             from jsonb_to_recordset($4) as k(number bigint, entity text, kind text, sourced_id text, operation text, command jsonb, hold integer, message_id uuid)
             left join lateral (${declaredImageSql}) d on true
           on conflict (organization_id, run_id, number) do update
              set operation = excluded.operation, command = excluded.command, before = excluded.before, hold = excluded.hold, message_id = excluded.message_id`,
    values: [lane.organizationId, source.id, run.id, JSON.stringify(items)],
  });
}

function counted(before: HoldingRun['counters'], rows: readonly ItemRow[]): HoldingRun['counters'] {
  const counters: Partial<Record<WireKind, KindCounters>> = { ...before };
  for (const { kind, operation } of rows) {
    const of = counters[kind] ?? { records: 0, unchanged: 0, add: 0, change: 0, remove: 0, refused: 0 };
    counters[kind] = { ...of, records: of.records + 1, [operation]: of[operation] + 1 };
  }
  return counters;
}
