import type { Lane, LaneSource } from '../lane.ts';

export interface SectionsChanged {
  readonly sourced_id: string;
  readonly message_id: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** What a new list of sections changes; undefined if nothing. */
export function sectionsChanged(
  sourcedId: string,
  messageId: string,
  before: readonly string[],
  after: readonly string[],
): SectionsChanged | undefined {
  const [known, named] = [new Set(before), new Set(after)];
  const added = after.filter((section) => !known.has(section));
  const removed = before.filter((section) => !named.has(section));
  if (added.length + removed.length === 0) return undefined;
  return { sourced_id: sourcedId, message_id: messageId, added, removed };
}

/** Adds to the history of associations. */
export async function writeAssociationHistory(
  lane: Lane,
  source: LaneSource,
  rows: readonly SectionsChanged[],
): Promise<void> {
  await lane.client.query({
    name: 'association_history_write',
    text: `insert into association_history (organization_id, source_system_id, sourced_id, message_id, added, removed)
           select $1, $2, r.sourced_id, r.message_id,
                  array(select jsonb_array_elements_text(r.added)), array(select jsonb_array_elements_text(r.removed))
             from jsonb_to_recordset($3) as r(sourced_id text, message_id uuid, added jsonb, removed jsonb)`,
    values: [lane.organizationId, source.id, JSON.stringify(rows)],
  });
}
