import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { SnapshotKind } from '../../../domain/run.ts';
import { inOrganization } from '../../in-transaction.ts';
import { awaitDeferred, plannerSettings, readLane, type Reading } from '../../lane.ts';
import { readHoldingRun } from '../../message-guard/note-held.ts';
import { type GivingWay, separateByRun, supersedeByRun } from '../../message-guard/supersede-by-run.ts';
import type { LeasedRun } from '../lease.ts';
import { type HeldSaying, heldSayingSql, type Said, type TakesPlaces } from '../plan/said.ts';
import { isOpenOfFileSql } from './open-holds.ts';
import { type Hold, separateItems, type Separated } from './separate-items.ts';

/** Items that are looked at at once. */
const pageSize = 20_000;

/** What is held of runs and messages that a run may take the place of. */
export interface HeldBefore {
  /** Of holds of earlier runs that were looked through: the run takes the place of all of it, or of nothing. */
  readonly known: ReadonlyMap<string, boolean>;
  /** Anything is held at all. */
  readonly isAny: boolean;
  readonly said: TakesPlaces;
  /** Kinds of which a snapshot says all there is. */
  readonly believed: readonly SnapshotKind[];
  readonly ofMessages?: GivingWay;
}

interface OpenHold extends Hold {
  readonly items: string;
  /** It is one of an earlier snapshot of everything, and so is this. */
  readonly isWhole: boolean;
}

export interface HeldItems extends Hold {
  /** The numbers of items. */
  readonly items: readonly string[];
}

/**
 * Looks through what is held, before the plan comes to be: of what the run takes the place of only in part, that part gets a hold of its own.
 * A run that is not to be applied takes no place.
 *
 * @param doubted kinds of which nobody believes what a snapshot leaves out
 */
export async function readHeldBefore(
  pool: pg.Pool,
  run: LeasedRun,
  said: Said,
  doubted: ReadonlySet<WireKind>,
): Promise<HeldBefore> {
  if (run.mode !== 'apply') return { known: new Map(), isAny: false, said, believed: [] };
  const { organizationId, sourceSystemId, options } = run;
  const { holds, messages, ...before } = await inOrganization(pool, organizationId, async (client) => {
    await client.query(plannerSettings);
    const believed = options.snapshot?.kinds.filter((kind) => !doubted.has(kind)) ?? [];
    const open = await openHolds(client, run, believed);
    const messages = await readHoldingRun({ organizationId, client }, sourceSystemId);
    const isAny = open.length > 0 || messages !== null;
    return { holds: open, messages, isAny, believed, said: takenPlace(run, said.believed(doubted)) };
  });
  const known = new Map<string, boolean>();
  for (const hold of holds.filter(({ isWhole }) => !isWhole)) {
    const again = await inOrganization(pool, organizationId, async (client) => {
      await client.query(plannerSettings);
      return itemsAgain(client, organizationId, hold, before.said);
    });
    const isAll = String(again.length) === hold.items;
    const { parts, isRest } = isAll ? allOfIt : await separateItems(pool, organizationId, { ...hold, items: again });
    known.set(keyOf(hold), isRest);
    for (const number of parts) known.set(keyOf({ ...hold, number }), true);
  }
  if (messages === null || run.takesBack !== null) return { ...before, known };
  return { ...before, known, ofMessages: await separateByRun(pool, run, messages, before.said) };
}

const allOfIt: Separated = { parts: [], isRest: true };

function keyOf({ runId, number }: Hold): string {
  return `${runId} ${number}`;
}

/**
 * The last file counts, and not who was the last to decide: what a run says takes the place of what is held of the same keys, of files and
 * messages that were made before, also where it is nothing new and has no item. A snapshot that is believed takes the place of what earlier ones
 * had held; one below an org unit of what it names, or leaves out there: what stood beside that is no matter of its scope; a broken one of what it
 * names. A run that takes another one back takes the place of what is held of that one, and of
 * nothing else: it says nothing of what was made since. What was approved and waits for this run is held still. Takes the lane, of the transaction
 * in which the plan comes to be: who decides comes before, or after.
 */
export async function supersedeHeld(client: pg.ClientBase, run: LeasedRun, before: HeldBefore): Promise<void> {
  const { known, isAny, said, believed, ofMessages } = before;
  if (!isAny) return;
  const { organizationId, id } = run;
  await client.query(`set local enable_nestloop = on; ${plannerSettings}`);
  await client.query('select from lane where organization_id = $1 for update', [organizationId]);
  const lane = await readLane(client, organizationId, { reason: 'message', messageId: id });
  for (const hold of await openHolds(client, run, believed)) {
    const isAgain = hold.isWhole || known.get(keyOf(hold));
    // Somebody took it out of another one meanwhile.
    if (isAgain === undefined) {
      const items = await itemsAgain(client, organizationId, hold, said);
      if (items.length > 0) await supersedeItems(lane, { ...hold, items }, `run ${id}`);
    } else if (isAgain) await supersedeHold(lane, hold, `run ${id}`);
  }
  if (run.takesBack === null) await supersedeByRun(lane, run, said, ofMessages);
  await awaitDeferred(lane);
}

/** A run that takes another one back, or some records of it, takes their place as a whole. */
function takenPlace({ takesBack, options: { only } }: LeasedRun, said: TakesPlaces): TakesPlaces {
  if (takesBack === null) return said;
  const sourcedIds = only && new Set(only);
  return { takesPlaceOf: ({ sourcedId }) => sourcedIds?.has(sourcedId) ?? true };
}

/** Holds of runs that are applied: of the one that is taken back, or of files that were made before this one. */
async function openHolds(
  client: pg.ClientBase,
  { organizationId, id, sourceSystemId, asOf, takesBack, options: { snapshot } }: LeasedRun,
  believed: readonly SnapshotKind[],
): Promise<readonly OpenHold[]> {
  const { rows } = await client.query<OpenHold>(
    `select h.run_id as "runId", h.number, h.items,
            coalesce(h.kind = any($6::text[]) and r.id < $2 and r.options->'snapshot' <> 'false'
                     and r.options->'snapshot'->>'under' is null, false) as "isWhole"
       from run_hold h join run r on r.organization_id = $1 and r.id = h.run_id
      where h.organization_id = $1 and ${isOpenOfFileSql}
        and r.source_system_id = $3 and r.mode = 'apply' and r.dialect is distinct from 'messages'
        and case when $5::uuid is null then r.id <> $2 and r.as_of <= $4 else r.id = $5 end
      order by h.run_id, h.number`,
    [organizationId, id, sourceSystemId, asOf, takesBack, snapshot?.under === undefined ? believed : []],
  );
  return rows;
}

async function itemsAgain(
  client: pg.ClientBase,
  organizationId: number,
  { runId, number }: Hold,
  said: TakesPlaces,
): Promise<string[]> {
  const again: string[] = [];
  let after = '0';
  for (;;) {
    const { rows } = await client.query<HeldSaying & { number: string }>({
      name: 'run_held_keys',
      text: `select number, ${heldSayingSql} from run_item i
              where organization_id = $1 and run_id = $2 and hold = $3 and number > $4 order by number limit $5`,
      values: [organizationId, runId, number, after, pageSize],
    });
    for (const item of rows) if (said.takesPlaceOf(item)) again.push(item.number);
    if (rows.length < pageSize) return again;
    after = rows.at(-1)?.number ?? after;
  }
}

/**
 * Items leave their hold for one that is superseded, or the hold is superseded as a whole where nothing is left of it. Messages have one part
 * of a hold for them all: it may wait for days, and be named by each of them. Under the lane.
 *
 * @param by who says something else of them: `message <id>`, `run <id>`
 * @returns those of which that came true
 */
export async function supersedeItems(
  { client, organizationId }: Reading,
  { runId, number, items }: HeldItems,
  by: string,
): Promise<readonly string[]> {
  const hold = [organizationId, runId, number];
  // The run first, as whoever decides on a hold does.
  await client.query('select from run where organization_id = $1 and id = $2 for no key update', hold.slice(0, 2));
  const { rows } = await client.query<{ items: string; again: string[]; part: number | null; next: number }>(
    `select h.items,
            array(select i.number::text from run_item i
                   where i.organization_id = $1 and i.run_id = $2 and i.number = any($4::bigint[]) and i.hold = $3) as again,
            (select min(o.number) from run_hold o
              where o.organization_id = $1 and o.run_id = $2 and o.state = 'superseded' and o.finding->'partOf' = to_jsonb(h.number)
                and o.decided_by like 'message %' and $5 like 'message %') as part,
            (select max(o.number) + 1 from run_hold o where o.organization_id = $1 and o.run_id = $2) as next
       from run_hold h where h.organization_id = $1 and h.run_id = $2 and h.number = $3 and h.state in ('held', 'approved') and not h.done for update`,
    [...hold, items, by],
  );
  // A snapshot has taken the place of all of it, or somebody was quicker.
  const [held] = rows;
  if (held === undefined || held.again.length === 0) return [];
  const { again, part, next } = held;
  if (String(again.length) === held.items) {
    await supersedeHold({ client, organizationId }, { runId, number }, by);
    return again;
  }
  await client.query(
    `update run_item i set hold = $5
      where i.organization_id = $1 and i.run_id = $2 and i.number = any($4::bigint[]) and i.hold = $3`,
    [...hold, again, part ?? next],
  );
  await client.query(toPartSql, [...hold, part ?? next, again.length, by]);
  return again;
}

const toPartSql = `
  with rest as (
    update run_hold set items = items - $5 where organization_id = $1 and run_id = $2 and number = $3
    returning guard, kind, finding, made_at, expires_at
  )
  insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, made_at, expires_at, decided_by, decided_at)
  select $1, $2, $4, guard, kind, finding || jsonb_build_object('partOf', $3::integer), $5, 'superseded', made_at, expires_at, $6, now() from rest
  on conflict (organization_id, run_id, number) do update
     set items = run_hold.items + excluded.items, decided_by = excluded.decided_by, decided_at = excluded.decided_at`;

async function supersedeHold({ client, organizationId }: Reading, { runId, number }: Hold, by: string): Promise<void> {
  await client.query(
    `update run_hold set state = 'superseded', decided_by = $4, decided_at = now() where organization_id = $1 and run_id = $2 and number = $3`,
    [organizationId, runId, number, by],
  );
}
