import { relationKinds } from '../../domain/entities.ts';
import { restateRelations } from '../declare/restate-relations.ts';
import type { PlacedRelation } from '../projection/place-relations.ts';
import { uniqueKeys } from '../touched.ts';
import type { SourcedKey } from '../touched.ts';
import type { Move, Renaming } from './rename.ts';

/** Who states relations to either id: they are to be placed again; and the pairs that lost a row. */
export interface FollowedRelations {
  readonly stating: SourcedKey[];
  readonly vacated: PlacedRelation[];
}

/**
 * Relations to a person who is renamed name the new id from now on (docs/projection.md 9). The rows by which they are found
 * follow at once: they may be placed much later (rule 8). Most persons are named by nobody, and cost one look for all.
 */
export async function followRelations(renaming: Renaming): Promise<FollowedRelations> {
  const { lane, sourceSystemId, moves } = renaming;
  const named = await readNamed(renaming);
  const stating: SourcedKey[] = [];
  const vacated: PlacedRelation[] = [];
  for (const move of moves.filter(({ from, to }) => named.has(from) || named.has(to))) {
    const { from, to, messageId } = move;
    const changes = relationKinds.map((kind) => ({ kind, from, to }));
    stating.push(...(await restateRelations(lane, sourceSystemId, [from, to], changes, messageId)));
    vacated.push(...(await moveRows(renaming, move)));
  }
  return { stating: uniqueKeys(stating), vacated };
}

/** The ids that relations name. */
async function readNamed({ lane, sourceSystemId, moves }: Renaming): Promise<ReadonlySet<string>> {
  const { rows } = await lane.client.query<{ sourced_id: string }>({
    name: 'rename_named_in_relations',
    text: `select k.sourced_id from unnest($3::text[]) as k(sourced_id)
            cross join lateral (
              select from declared_relation r
               where r.organization_id = $1 and r.source_system_id = $2 and r.agent_sourced_id = k.sourced_id limit 1) r`,
    values: [lane.organizationId, sourceSystemId, moves.flatMap(({ from, to }) => [from, to])],
  });
  return new Set(rows.map((row) => row.sourced_id));
}

/** What named the new id gives way to what named the old one. */
async function moveRows({ lane, sourceSystemId }: Renaming, { from, to }: Move): Promise<PlacedRelation[]> {
  const values = [lane.organizationId, sourceSystemId, from, to];
  const { rows } = await lane.client.query<{ kind: string; user_id: string | null; agent_id: string | null }>({
    name: 'rename_clear_relations',
    text: `delete from declared_relation r
            where r.organization_id = $1 and r.source_system_id = $2 and r.agent_sourced_id = $4 and exists (
                    select from declared_relation o where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = r.sourced_id
                       and o.kind = r.kind and o.agent_sourced_id = $3)
           returning r.kind, r.user_id, r.agent_id`,
    values,
  });
  await lane.client.query({
    name: 'rename_move_relations',
    text: `update declared_relation r set agent_sourced_id = $4
            where r.organization_id = $1 and r.source_system_id = $2 and r.agent_sourced_id = $3`,
    values,
  });
  return rows.map(({ kind, user_id: oldUserId, agent_id: oldAgentId }) => ({
    ...{ kind, oldUserId, oldAgentId },
    ...{ userId: null, agentId: null, messageId: null },
  }));
}
