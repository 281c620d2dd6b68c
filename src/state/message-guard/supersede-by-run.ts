import type pg from 'pg';
import { uuidv7Floor } from '../../domain/ids.ts';
import { inOrganization } from '../in-transaction.ts';
import { type Lane, plannerSettings } from '../lane.ts';
import { isOpenSql } from '../runs/guard/open-holds.ts';
import { mostSeparated, separateItems } from '../runs/guard/separate-items.ts';
import type { LeasedRun } from '../runs/lease.ts';
import { type HeldSaying, heldSayingSql, type TakesPlaces } from '../runs/plan/said.ts';
import type { HeldItem } from './held-items.ts';
import { supersede } from './supersede.ts';

/** Items that are looked at at once. */
const pageSize = 20_000;

/** A message that came before it was looked through what is held is held by then, or answered busy long ago. */
const inFlightMs = 60_000;

/** What is held of messages that a run takes the place of. */
export interface GivingWay {
  /** The run that keeps what is held of messages. */
  readonly holding: string;
  /** Holds of it that have nothing else, and that nothing more comes into. */
  readonly parts: readonly number[];
  /** Items of holds of which too few give way for that. */
  readonly few: readonly string[];
  readonly lookedAt: Date;
}

/**
 * Looks through what is held of messages that came before a file was made, or approved and not applied yet, before its plan comes to be. Where much
 * of a hold gives way, that gets a hold of its own, a range after the other: of tens of thousands of items no message waits for the lane.
 *
 * @param said what the run says
 */
export async function separateByRun(
  pool: pg.Pool,
  run: LeasedRun,
  holding: string,
  said: TakesPlaces,
): Promise<GivingWay> {
  const lookedAt = new Date();
  const parts: number[] = [];
  const few: string[] = [];
  for (const { number, isPart } of await openHolds(pool, run.organizationId, holding)) {
    const found = await itemsGivingWay(pool, run, holding, number, said);
    const items = found.map((item) => item.number);
    if (items.length <= mostSeparated) {
      few.push(...items);
      continue;
    }
    const chosen = { runId: holding, number, items, messageIds: found.map(({ messageId }) => messageId) };
    const separated = await separateItems(pool, run.organizationId, chosen, !isPart);
    parts.push(...separated.parts, ...(separated.isRest ? [number] : []));
  }
  return { holding, parts, few, lookedAt };
}

interface OpenHold {
  readonly number: number;
  /** It was taken out of another one: messages add nothing to it. */
  readonly isPart: boolean;
}

async function openHolds(pool: pg.Pool, organizationId: number, holding: string): Promise<readonly OpenHold[]> {
  const { rows } = await inOrganization(pool, organizationId, (client) =>
    client.query<OpenHold>(
      `select h.number, h.finding ? 'partOf' as "isPart" from run_hold h
        where h.organization_id = $1 and h.run_id = $2 and ${isOpenSql} order by h.number`,
      [organizationId, holding],
    ),
  );
  return rows;
}

interface Looked extends HeldSaying {
  readonly number: string;
  readonly messageId: string;
}

async function itemsGivingWay(
  pool: pg.Pool,
  { organizationId, asOf }: LeasedRun,
  holding: string,
  hold: number,
  said: TakesPlaces,
): Promise<readonly Looked[]> {
  const found: Looked[] = [];
  let after = '0';
  for (;;) {
    const { rows } = await inOrganization(pool, organizationId, async (client) => {
      await client.query(plannerSettings);
      return client.query<Looked & { isEarlier: boolean }>(
        `select i.number, i.message_id as "messageId", i.message_id < $4 as "isEarlier", ${heldSayingSql}
           from run_item i
          where i.organization_id = $1 and i.run_id = $2 and i.hold = $3 and i.number > $5
            and i.number > (select h.applied_to from run_hold h where h.organization_id = $1 and h.run_id = $2 and h.number = $3)
          order by i.number limit $6`,
        [organizationId, holding, hold, madeAt(asOf), after, pageSize],
      );
    });
    for (const item of rows) if (item.isEarlier && said.takesPlaceOf(item)) found.push(item);
    if (rows.length < pageSize) return found;
    after = rows.at(-1)?.number ?? after;
  }
}

/** The first id of a message that came after a file was made. */
function madeAt(asOf: Date): string {
  return uuidv7Floor(asOf.getTime() + 1);
}

/**
 * What a file says that was made after a message takes the place of what is held of that, or approved and not applied yet, also where it is
 * nothing new: the plan has no item of it. What was separated is one row each, whose hold says by whom, as with files.
 */
export async function supersedeByRun(
  lane: Lane,
  run: LeasedRun,
  said: TakesPlaces,
  before: GivingWay | undefined,
): Promise<void> {
  if (before !== undefined) await supersedeParts(lane, run, before);
  const source = lane.sources.get(run.sourceSystemId);
  if (source === undefined || source.holding.run === null) return;
  const items = await readHeldSince(lane, run, source.holding.run, before);
  const by = `run ${run.id}`;
  const again = items.filter((item) => said.takesPlaceOf(item));
  await supersede(
    lane,
    source,
    again.map((item) => ({ item, by, isTakenAlong: false })),
  );
}

async function supersedeParts(
  { client, organizationId }: Lane,
  { id }: LeasedRun,
  { holding, parts }: GivingWay,
): Promise<void> {
  if (parts.length === 0) return;
  // The run first, as whoever decides on a hold does.
  await client.query('select from run where organization_id = $1 and id = $2 for no key update', [
    organizationId,
    holding,
  ]);
  await client.query(
    `update run_hold h set state = 'superseded', decided_by = $4, decided_at = now()
      where h.organization_id = $1 and h.run_id = $2 and ${isOpenSql}
        and (h.number = any($3::integer[]) or h.items = 0)`,
    [organizationId, holding, parts, `run ${id}`],
  );
}

/** The few that give way, and what may have come into a hold since it was looked through. */
async function readHeldSince(
  { client, organizationId }: Lane,
  { asOf }: LeasedRun,
  holding: string,
  before: GivingWay | undefined,
): Promise<readonly (HeldItem & HeldSaying)[]> {
  const since = before === undefined ? 0 : before.lookedAt.getTime() - inFlightMs;
  const { rows } = await client.query<HeldItem & HeldSaying>(
    `select i.number::integer, i.hold, i.entity, i.command, i.message_id as "messageId", h.state = 'approved' as "isApproved", ${heldSayingSql}
       from run_hold h
       join run_item i on i.organization_id = $1 and i.run_id = $2 and i.hold = h.number
      where h.organization_id = $1 and h.run_id = $2 and i.message_id < $3 and (i.message_id >= $4 or i.number = any($5::bigint[]))
        and ${isOpenSql} and (h.state = 'held' or i.number > h.applied_to)`,
    [organizationId, holding, madeAt(asOf), uuidv7Floor(since), before?.few ?? []],
  );
  return rows;
}
