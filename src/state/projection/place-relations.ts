import type { Lane } from '../lane.ts';
import type { SourcedKey } from '../touched.ts';

/** Which pair of LMS users a relation reaches, and which it reached before. */
export interface PlacedRelation {
  readonly kind: string;
  readonly userId: string | null;
  readonly agentId: string | null;
  readonly oldUserId: string | null;
  readonly oldAgentId: string | null;
  /** The message of the batch that declared the person, or the agent. */
  readonly messageId: string | null;
}

/**
 * Places what persons state of others (docs/projection.md 11): the rows of declared_relation become those that the declared
 * person states, each with the pair that it reaches or the reason why it waits. Answers those that are gone, too.
 */
export async function placeRelations(lane: Lane, persons: readonly SourcedKey[]): Promise<PlacedRelation[]> {
  if (persons.length === 0) return [];
  const { rows } = await lane.client.query<PlacedRelation>({
    name: 'project_relation_place',
    text: placeRelationsSql,
    values: [
      lane.organizationId,
      persons.map((key) => key.sourceSystemId),
      persons.map((key) => key.sourcedId),
      lane.messageIds,
    ],
  });
  return rows;
}

/** The persons who state relations to the given ones. */
export async function relationDependants(lane: Lane, agents: readonly SourcedKey[]): Promise<SourcedKey[]> {
  if (agents.length === 0) return [];
  const { rows } = await lane.client.query<SourcedKey>({
    name: 'project_relation_dependants',
    text: `
      select distinct r.source_system_id as "sourceSystemId", r.sourced_id as "sourcedId"
        from unnest($2::integer[], $3::text[]) as k(source_system_id, sourced_id)
        cross join lateral (
          select r.source_system_id, r.sourced_id from declared_relation r
           where r.organization_id = $1 and r.agent_sourced_id = k.sourced_id and r.source_system_id = k.source_system_id offset 0) r`,
    values: [lane.organizationId, agents.map((key) => key.sourceSystemId), agents.map((key) => key.sourcedId)],
  });
  return rows;
}

/** The LMS user of the person `d` of a source system, while its row is live. */
const lmsIdSql = `case when d.live then (
  select l.lms_id from link l where l.organization_id = $1 and l.source_system_id = d.source_system_id
     and l.sourced_id = d.sourced_id and l.kind = 'person') end as lms_id`;

export const placeRelationsSql = `
  with keys as (
    select distinct * from unnest($2::integer[], $3::text[]) as k(source_system_id, sourced_id)
  ),
  person as (
    select k.source_system_id, k.sourced_id, d.relations, d.lms_id,
           case when d.message_id = any($4::uuid[]) then d.message_id end as message_id
      from keys k
      left join lateral (
        select d.message_id, nullif(d.fields->'relations', 'null') as relations, ${lmsIdSql}
          from declared_user d
         where d.organization_id = $1 and d.source_system_id = k.source_system_id and d.sourced_id = k.sourced_id limit 1) d on true
  ),
  stated as (
    select distinct p.source_system_id, p.sourced_id, p.lms_id, e.value->>'kind' as kind, (e.value->>'sourcedId') collate "C" as agent_sourced_id
      from person p cross join lateral jsonb_array_elements(p.relations) e
  ),
  judged as (
    select s.*, agent.lms_id as agent_lms_id, agent.deleted as agent_deleted,
           case when agent.message_id = any($4::uuid[]) then agent.message_id end as agent_message_id,
           s.sourced_id = s.agent_sourced_id as is_own
      from stated s
      left join lateral (
        select d.deleted, d.message_id, ${lmsIdSql}
          from declared_user d
         where d.organization_id = $1 and d.source_system_id = s.source_system_id and d.sourced_id = s.agent_sourced_id limit 1) agent on true
  ),
  wanted as (
    select j.source_system_id, j.sourced_id, j.kind, j.agent_sourced_id, j.agent_message_id,
           case when reaches then j.lms_id end as user_id, case when reaches then j.agent_lms_id end as agent_id,
           case when j.lms_id is null or is_own or j.agent_lms_id is not null then null
                when j.agent_deleted then 'detached' else 'waiting_for_agent' end as wait_code
      from judged j cross join lateral (select j.lms_id is not null and j.agent_lms_id is not null and not j.is_own as reaches) r
  ),
  held as (
    select r.* from keys k
      cross join lateral (
        select * from declared_relation r
         where r.organization_id = $1 and r.source_system_id = k.source_system_id and r.sourced_id = k.sourced_id offset 0) r
  ),
  paired as (
    select source_system_id, sourced_id, kind, agent_sourced_id, w.user_id, w.agent_id, w.wait_code, w.agent_message_id,
           w.source_system_id is not null as is_stated, h.organization_id is not null as is_held,
           h.user_id as old_user_id, h.agent_id as old_agent_id, h.wait_code as old_wait_code
      from wanted w full join held h using (source_system_id, sourced_id, kind, agent_sourced_id)
  ),
  removed as (
    delete from declared_relation r using paired p
     where not p.is_stated and r.organization_id = $1 and r.source_system_id = p.source_system_id and r.sourced_id = p.sourced_id
       and r.kind = p.kind and r.agent_sourced_id = p.agent_sourced_id
  ),
  written as (
    insert into declared_relation (organization_id, source_system_id, sourced_id, kind, agent_sourced_id, user_id, agent_id, wait_code)
    select $1, source_system_id, sourced_id, kind, agent_sourced_id, user_id, agent_id, wait_code from paired
     where is_stated and (not is_held or (user_id, agent_id, wait_code) is distinct from (old_user_id, old_agent_id, old_wait_code))
    on conflict (organization_id, sourced_id, source_system_id, kind, agent_sourced_id) do update
       set user_id = excluded.user_id, agent_id = excluded.agent_id, wait_code = excluded.wait_code
  )
  select p.kind, p.user_id as "userId", p.agent_id as "agentId", p.old_user_id as "oldUserId", p.old_agent_id as "oldAgentId",
         coalesce(person.message_id, p.agent_message_id) as "messageId"
    from paired p join person using (source_system_id, sourced_id)`;
