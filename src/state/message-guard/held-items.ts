import type { Command } from '../../domain/command.ts';
import type { EntityKind, WireKind } from '../../domain/entities.ts';
import type { Reading } from '../lane.ts';
import { isOpenSql, isUnappliedSql, isUndecidedSql } from '../runs/guard/open-holds.ts';
import { keyParameters, keysSql } from './keys.ts';

/** What is held of a key, until somebody decides. */
export interface HeldItem {
  readonly number: number;
  readonly hold: number;
  readonly entity: EntityKind;
  readonly kind: WireKind;
  readonly sourcedId: string;
  readonly command: Readonly<Record<string, unknown>>;
  readonly messageId: string;
  /** Somebody has approved it, and it is not applied yet. */
  readonly isApproved: boolean;
}

/**
 * What is held of the keys of commands, by their places, in the order in which it came; `isOpen`: anything is held at all.
 *
 * @param which `open`: also what was approved and is not applied yet
 */
export async function readHeld(
  { client, organizationId }: Reading,
  sourceSystemId: number,
  run: string,
  commands: readonly Command[],
  which: 'held' | 'open',
): Promise<{ readonly of: ReadonlyMap<number, readonly HeldItem[]>; readonly isOpen: boolean }> {
  const { own, pairs } = keyParameters(commands);
  const { rows } = await client.query<HeldItem & { at: number | null }>({
    name: `message_${which}_read`,
    text:
      which === 'held'
        ? heldSql(isUndecidedSql)
        : heldSql(`(${isUndecidedSql} or (${isUnappliedSql} and i.number > h.applied_to))`),
    values: [organizationId, sourceSystemId, run, ...own, ...pairs],
  });
  const found = rows.filter((row): row is HeldItem & { at: number } => row.at !== null);
  return { of: Map.groupBy(found, ({ at }) => at), isOpen: found.length === rows.length };
}

/** What ends something by its status is held as a removal as well, and states a row. */
export function isDelete({ command }: Pick<HeldItem, 'command'>): boolean {
  return command.verb === 'delete';
}

/** Of a run that was ended for good nothing can be approved any more. */
const holdsSql = (run: string): string =>
  `h.organization_id = $1 and h.run_id = ${run} and exists (select from run r where r.organization_id = $1 and r.id = ${run} and r.state in ('finished', 'applying'))`;

/** What is approved is held again if somebody cancels that: the run is not forgotten before it is applied. */
const hasOpenSql = `${holdsSql('$3')} and ${isOpenSql}`;

const heldSql = (which: string): string => `
  select k.at, i.number::integer, i.hold, i.entity, i.kind, i.sourced_id as "sourcedId", i.command, i.message_id as "messageId", h.state = 'approved' as "isApproved"
    from (${keysSql(4)}) k
    join run_item i on i.sourced_id = k.sourced_id and i.run_id = $3 and i.organization_id = $1 and i.kind = k.kind
    join run_hold h on ${holdsSql('$3')} and ${which} and h.number = i.hold
  union all
  select null, null, null, null, null, null, null, null, null where not exists (select from run_hold h where ${hasOpenSql})
  order by 1, 2`;

/** The sourcedIds of a kind of which anything is held, in their order. */
export async function readHeldOfKind(
  { client, organizationId }: Reading,
  run: string,
  kind: WireKind,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ sourced_id: string }>({
    name: 'message_held_of_kind',
    text: `select distinct i.sourced_id
             from run_item i join run_hold h on ${holdsSql('$2')} and ${isUndecidedSql} and h.number = i.hold
            where i.organization_id = $1 and i.run_id = $2 and i.kind = $3
            order by i.sourced_id`,
    values: [organizationId, run, kind],
  });
  return rows.map((row) => row.sourced_id);
}
