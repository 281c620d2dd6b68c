import { relationKinds } from '../../domain/entities.ts';
import type { RelationKind } from '../../domain/entities.ts';
import type { Lane, LaneSource } from '../lane.ts';
import type { Declaration, TouchedRows } from './declare.ts';
import { restateRelations } from './restate-relations.ts';
import type { RelationChange } from './restate-relations.ts';

/**
 * Option `dependants: forget` (docs/projection.md 8), or a handler that wishes it: relations that name a deleted person go with
 * that person, and do not come back. Otherwise they are detached.
 */
export async function forgetRelations(
  lane: Lane,
  source: LaneSource,
  deleted: readonly Declaration[],
  touched: TouchedRows,
): Promise<void> {
  const changes = deleted.flatMap((declaration) => changesOf(declaration, source));
  if (changes.length === 0) return;
  const agents = [...new Set(changes.map(({ from }) => from))];
  if (lane.runId !== undefined) await noteNaming(lane, source, lane.runId, changes);
  touched.relations.push(...(await restateRelations(lane, source.id, agents, changes, lane.runId)));
}

function changesOf({ command }: Declaration, source: LaneSource): RelationChange[] {
  if (command.entity !== 'user') return [];
  return kindsToForget(command, source).map((kind) => ({ kind, from: command.sourcedId, to: null }));
}

function kindsToForget({ wishes }: Declaration['command'], { options }: LaneSource): readonly RelationKind[] {
  return options.dependants === 'forget' ? relationKinds : (wishes?.forgetRelations ?? []);
}

/** With the item of a person who is deleted stands who named that person, and how: so it comes back if the run is taken back. */
async function noteNaming(
  lane: Lane,
  source: LaneSource,
  runId: string,
  changes: readonly RelationChange[],
): Promise<void> {
  await lane.client.query({
    name: 'run_item_note_naming',
    text: `
      with naming as (
        select r.agent_sourced_id as sourced_id, jsonb_agg(jsonb_build_object('kind', r.kind, 'sourcedId', r.sourced_id)) as naming
          from unnest($3::text[], $4::text[]) as c(kind, from_id)
          join declared_relation r on r.organization_id = $1 and r.source_system_id = $2 and r.agent_sourced_id = c.from_id and r.kind = c.kind
          join declared_user d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = r.sourced_id and not d.deleted
         group by r.agent_sourced_id
      )
      update run_item i set before = i.before || jsonb_build_object('naming', coalesce(i.before->'naming', '[]') || n.naming)
        from naming n
       where i.organization_id = $1 and i.run_id = $5 and i.kind = 'person' and i.sourced_id = n.sourced_id and i.before is not null`,
    values: [lane.organizationId, source.id, changes.map(({ kind }) => kind), changes.map(({ from }) => from), runId],
  });
}
