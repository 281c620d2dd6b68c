import type { Command } from '../../domain/command.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { type HeldItems, supersedeItems } from '../runs/guard/supersede-held.ts';
import { keyParameters, keysSql } from './keys.ts';

interface Coming {
  readonly command: Command;
  readonly messageId: string;
}

/** What is held of files of the keys of messages is held no more: the messages came later, and what they say counts (design 4). */
export async function supersedeOfFiles(lane: Lane, source: LaneSource, coming: readonly Coming[]): Promise<void> {
  const { own, pairs } = keyParameters(coming.map(({ command }) => command));
  const { rows } = await lane.client.query<HeldItems & { at: number }>({
    name: 'message_held_of_files',
    text: heldSql,
    values: [lane.organizationId, source.id, ...own, ...pairs],
  });
  for (const { at, ...held } of rows) await supersedeItems(lane, held, `message ${coming[at]?.messageId ?? ''}`);
}

/** Key by key, whatever the planner believes: a hold may have all items of a file. By holds, in the order in which all lock them. */
const heldSql = `
  select h.run_id as "runId", h.number, max(k.at) as at, array_agg(distinct i.number::text) as items
    from (${keysSql(3)}) k
   cross join lateral (
     select i.run_id, i.hold, i.number from run_item i
      where i.sourced_id = k.sourced_id and i.organization_id = $1 and i.kind = k.kind offset 0) i
    join run_hold h on h.organization_id = $1 and h.run_id = i.run_id and h.number = i.hold and h.state = 'held' and h.expires_at > statement_timestamp()
    join run r on r.organization_id = $1 and r.id = h.run_id and r.source_system_id = $2 and r.mode = 'apply' and r.dialect is distinct from 'messages'
   group by h.run_id, h.number
   order by h.run_id, h.number`;
