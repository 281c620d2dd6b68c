import type { RelationKind } from '../../domain/entities.ts';
import type { Lane } from '../lane.ts';
import type { SourcedKey } from '../touched.ts';

/** What becomes of relations that name somebody: `to` is who is named instead; null: nobody, they are left out. */
export interface RelationChange {
  readonly kind: RelationKind;
  readonly from: string;
  readonly to: string | null;
}

/**
 * Restates the relations of all who name one of `agents`, deleted persons too, and answers who they are, changed or not. What
 * would then be stated twice keeps its first place.
 *
 * @param messageId what the change is put down to; absent: the message that declared the row
 */
export async function restateRelations(
  lane: Lane,
  sourceSystemId: number,
  agents: readonly string[],
  changes: readonly RelationChange[],
  messageId?: string,
): Promise<SourcedKey[]> {
  const { rows } = await lane.client.query<{ sourcedId: string }>({
    name: 'declared_relations_restate',
    text: restateSql,
    values: [
      lane.organizationId,
      sourceSystemId,
      agents,
      changes.map(({ kind }) => kind),
      changes.map(({ from }) => from),
      changes.map(({ to }) => to),
      messageId ?? null,
    ],
  });
  return rows.map(({ sourcedId }) => ({ sourceSystemId, sourcedId }));
}

const restateSql = `
  with naming as (
    select distinct r.sourced_id from declared_relation r
     where r.organization_id = $1 and r.source_system_id = $2 and r.agent_sourced_id = any($3::text[])
  ),
  stating as materialized (
    select d.sourced_id, d.relations from naming n
      cross join lateral (
        select d.sourced_id, coalesce(nullif(d.fields->'relations', 'null'), '[]') as relations from declared_user d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = n.sourced_id limit 1) d
  ),
  restated as (
    select s.sourced_id, next.relations from stating s
      cross join lateral (
        select coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'sourcedId', sourced_id) order by place), '[]') as relations
          from (
            select r.value->>'kind' as kind, case when c.kind is null then r.value->>'sourcedId' else c.to_id end as sourced_id,
                   min(r.place) as place
              from jsonb_array_elements(s.relations) with ordinality as r(value, place)
              left join unnest($4::text[], $5::text[], $6::text[]) as c(kind, from_id, to_id)
                on c.kind = r.value->>'kind' and c.from_id = r.value->>'sourcedId'
             where c.kind is null or c.to_id is not null
             group by 1, 2) stated) next
     where next.relations <> s.relations
  ),
  updated as (
    update declared_user d
       set fields = d.fields - 'relations' || case when r.relations = '[]' then '{}' else jsonb_build_object('relations', r.relations) end,
           message_id = coalesce($7, d.message_id), declared_at = statement_timestamp()
      from restated r
     where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = r.sourced_id
  )
  select sourced_id as "sourcedId" from stating`;
