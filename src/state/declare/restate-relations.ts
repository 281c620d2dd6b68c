import type { Relation } from '../../domain/entities.ts';
import type { Lane } from '../lane.ts';
import type { SourcedKey } from '../touched.ts';

/**
 * Restates the relations of all who name one of `agents`, deleted persons too, and answers who they are, changed or not.
 *
 * @param messageId what the change is put down to; absent: the message that declared the row
 */
export async function restateRelations(
  lane: Lane,
  sourceSystemId: number,
  agents: readonly string[],
  change: (relations: readonly Relation[]) => readonly Relation[],
  messageId?: string,
): Promise<SourcedKey[]> {
  const stating = await readStating(lane, sourceSystemId, agents);
  const restated = stating.flatMap(({ sourced_id, relations }) => {
    const next = change(relations);
    return JSON.stringify(next) === JSON.stringify(relations) ? [] : [{ sourced_id, relations: next }];
  });
  if (restated.length > 0) {
    await lane.client.query({
      name: 'declared_relations_restate',
      text: `update declared_user d
                set fields = d.fields - 'relations' || case when r.relations = '[]' then '{}' else jsonb_build_object('relations', r.relations) end,
                    message_id = coalesce($3, d.message_id), declared_at = statement_timestamp()
               from jsonb_to_recordset($4) as r(sourced_id text, relations jsonb)
              where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = r.sourced_id`,
      values: [lane.organizationId, sourceSystemId, messageId ?? null, JSON.stringify(restated)],
    });
  }
  return stating.map((row) => ({ sourceSystemId, sourcedId: row.sourced_id }));
}

async function readStating(
  lane: Lane,
  sourceSystemId: number,
  agents: readonly string[],
): Promise<{ sourced_id: string; relations: Relation[] }[]> {
  const { rows } = await lane.client.query<{ sourced_id: string; relations: Relation[] }>({
    name: 'declared_relations_to',
    text: `select d.sourced_id, d.relations
             from (select distinct r.sourced_id from declared_relation r
                    where r.organization_id = $1 and r.source_system_id = $2 and r.agent_sourced_id = any($3::text[])) k
             cross join lateral (
               select d.sourced_id, coalesce(nullif(d.fields->'relations', 'null'), '[]') as relations from declared_user d
                where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id limit 1) d`,
    values: [lane.organizationId, sourceSystemId, agents],
  });
  return rows;
}
