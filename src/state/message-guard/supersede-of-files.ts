import type { Command } from '../../domain/command.ts';
import type { WireKind } from '../../domain/entities.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { writeOutcomes } from '../runs/apply/outcomes.ts';
import { isOpenOfFileSql } from '../runs/guard/open-holds.ts';
import { type HeldItems, supersedeItems } from '../runs/guard/supersede-held.ts';
import { keyParameters, keysSql } from './keys.ts';
import { overtakenHeld } from './supersede.ts';

interface Coming {
  readonly command: Command;
  readonly messageId: string;
}

/** What is held of a file of the keys of commands, or approved and not applied yet. */
export interface HeldOfFiles extends HeldItems {
  /** The places of the commands, beside the items. */
  readonly at: readonly number[];
  /** The keys of the items, beside them. */
  readonly kinds: readonly WireKind[];
  readonly sourcedIds: readonly string[];
}

/** Hold by hold, in the order in which all lock them. */
export async function readHeldOfFiles(
  lane: Lane,
  source: LaneSource,
  coming: readonly Pick<Coming, 'command'>[],
): Promise<readonly HeldOfFiles[]> {
  const { own, pairs } = keyParameters(coming.map(({ command }) => command));
  const { rows } = await lane.client.query<HeldOfFiles>({
    name: 'message_held_of_files',
    text: heldSql,
    values: [lane.organizationId, source.id, ...own, ...pairs],
  });
  return rows;
}

/**
 * It is held no more: the messages came later, and what they say counts (design 4).
 *
 * @param refused the places of commands of which nothing becomes
 */
export async function supersedeOfFiles(
  lane: Lane,
  all: readonly HeldOfFiles[],
  coming: readonly Coming[],
  refused: ReadonlySet<number>,
): Promise<void> {
  for (const { at, items, kinds, sourcedIds, runId, number } of all) {
    const meant = new Map<string, { place: number; kind: WireKind; sourcedId: string }>();
    for (const [index, item] of items.entries()) {
      const [place, kind, sourcedId] = [at[index], kinds[index], sourcedIds[index]];
      if (place === undefined || kind === undefined || sourcedId === undefined || refused.has(place)) continue;
      if (place >= (meant.get(item)?.place ?? 0)) meant.set(item, { place, kind, sourcedId });
    }
    if (meant.size === 0) continue;
    const by = (place: number): string => `message ${coming[place]?.messageId ?? ''}`;
    const last = by(Math.max(...[...meant.values()].map(({ place }) => place)));
    const gone = new Set(await supersedeItems(lane, { runId, number, items: [...meant.keys()] }, last));
    const told = [...meant].filter(([item]) => gone.has(item));
    await writeOutcomes(
      lane,
      runId,
      told.map(([item, key]) => overtakenHeld(Number(item), key, by(key.place))),
    );
  }
}

/** Key by key, whatever the planner believes: a hold may have all items of a file. */
const heldSql = `
  select h.run_id as "runId", h.number, array_agg(k.at) as at, array_agg(i.number::text) as items,
         array_agg(i.kind) as kinds, array_agg(i.sourced_id) as "sourcedIds"
    from (${keysSql(3)}) k
   cross join lateral (
     select i.run_id, i.hold, i.number, i.kind, i.sourced_id from run_item i
      where i.sourced_id = k.sourced_id and i.organization_id = $1 and i.kind = k.kind offset 0) i
    join run_hold h on h.organization_id = $1 and h.run_id = i.run_id and h.number = i.hold and (h.state = 'held' or i.number > h.applied_to)
    join run r on r.organization_id = $1 and r.id = h.run_id and r.source_system_id = $2 and r.mode = 'apply' and r.dialect is distinct from 'messages' and ${isOpenOfFileSql}
   group by h.run_id, h.number
   order by h.run_id, h.number`;
