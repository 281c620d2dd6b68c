import type { Command } from '../../domain/command.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { type HeldItems, supersedeItems } from '../runs/guard/supersede-held.ts';
import { keyParameters, keysSql } from './keys.ts';

interface Coming {
  readonly command: Command;
  readonly messageId: string;
}

/** What is held of a file of the keys of commands. */
export interface HeldOfFiles extends HeldItems {
  /** The places of the commands, beside the items. */
  readonly at: readonly number[];
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
  for (const { at, items, ...hold } of all) {
    const meant = items.filter((_item, index) => !refused.has(at[index] ?? 0));
    const last = Math.max(...at.filter((place) => !refused.has(place)));
    if (meant.length > 0)
      await supersedeItems(lane, { ...hold, items: [...new Set(meant)] }, `message ${coming[last]?.messageId ?? ''}`);
  }
}

/** Key by key, whatever the planner believes: a hold may have all items of a file. */
const heldSql = `
  select h.run_id as "runId", h.number, array_agg(k.at) as at, array_agg(i.number::text) as items
    from (${keysSql(3)}) k
   cross join lateral (
     select i.run_id, i.hold, i.number from run_item i
      where i.sourced_id = k.sourced_id and i.organization_id = $1 and i.kind = k.kind offset 0) i
    join run_hold h on h.organization_id = $1 and h.run_id = i.run_id and h.number = i.hold and h.state = 'held' and h.expires_at > statement_timestamp()
    join run r on r.organization_id = $1 and r.id = h.run_id and r.source_system_id = $2 and r.mode = 'apply' and r.dialect is distinct from 'messages'
   group by h.run_id, h.number
   order by h.run_id, h.number`;
