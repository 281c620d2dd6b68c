import type { Lane, LaneSource } from '../lane.ts';
import { type RunOutcome, writeOutcomes } from '../runs/apply/outcomes.ts';
import type { HeldItem } from './held-items.ts';
import { addHold, type HoldingRun, lockHoldingRun, type MessageHold, writeHolds } from './holding-run.ts';

/** What is held of a key, and who says something else of it: `message <id>`, `run <id>`. */
export interface Superseded {
  readonly item: HeldItem;
  readonly by: string;
  /** The later command builds on it, so it comes along with that. */
  readonly isTakenAlong: boolean;
}

/**
 * What is held of a key gives way to a later command for it: it leaves its hold for one that is superseded, or the hold is
 * superseded as a whole where nothing is left of it.
 */
export async function supersede(lane: Lane, source: LaneSource, all: readonly Superseded[]): Promise<void> {
  const run = all.length === 0 ? undefined : await lockHoldingRun(lane, source);
  if (run === undefined) return;
  const moved: { number: number; hold: number }[] = [];
  const touched = new Set<MessageHold>();
  for (const [number, ofHold] of Map.groupBy(all, ({ item }) => item.hold)) {
    const hold = run.holds.find((each) => each.number === number);
    if (hold === undefined) throw new Error(`the run ${run.id} has no hold ${number}`);
    const to = takenOut(run, hold, ofHold.length);
    if (to !== hold) {
      hold.items -= ofHold.length;
      to.items += ofHold.length;
      moved.push(...ofHold.map(({ item }) => ({ number: item.number, hold: to.number })));
    }
    if (hold.items === 0 || to === hold) hold.state = 'superseded';
    touched.add(hold).add(to);
  }
  await writeHolds(lane, source, run, touched, all.at(-1)?.by ?? null);
  await moveItems(lane, run, moved);
  await writeOutcomes(
    lane,
    run.id,
    all.map((one) => overtakenHeld(one.item.number, one.item, one.by, one.isTakenAlong)),
  );
}

/** The hold that superseded items of a hold are in: itself, where all of it are. */
function takenOut(run: HoldingRun, hold: MessageHold, count: number): MessageHold {
  const known = run.holds.find(
    ({ state, finding, isByRun }) => state === 'superseded' && finding.partOf === hold.number && !isByRun,
  );
  if (known !== undefined) return known;
  if (count === hold.items) return hold;
  const { guard, kind, finding, number } = hold;
  return addHold(run, { guard, kind, finding: { ...finding, partOf: number }, state: 'superseded' });
}

async function moveItems(lane: Lane, { id }: HoldingRun, moved: readonly object[]): Promise<void> {
  if (moved.length === 0) return;
  await lane.client.query({
    name: 'message_items_move',
    text: `update run_item i set hold = m.hold from jsonb_to_recordset($3) as m(number bigint, hold integer)
            where i.organization_id = $1 and i.run_id = $2 and i.number = m.number`,
    values: [lane.organizationId, id, JSON.stringify(moved)],
  });
}

/** What became of an item that was held, where a later command says something of its key. */
export function overtakenHeld(
  number: number,
  { kind, sourcedId }: Pick<HeldItem, 'kind' | 'sourcedId'>,
  by: string,
  isTakenAlong = false,
): RunOutcome {
  const message = isTakenAlong
    ? `The ${by}, which builds on this change of the ${kind} "${sourcedId}", has taken it along: see what became of that.`
    : `The ${by} said something else of the ${kind} "${sourcedId}" before this was applied: it counts, and this was left out.`;
  return { number, status: 'overtaken', problems: [{ code: 'overtaken', message }] };
}
