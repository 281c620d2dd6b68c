import { recordChangesSql } from '../changes.ts';
import type { Lane } from '../lane.ts';
import { nothingTouched, uniqueKeys } from '../touched.ts';
import type { SourcedKey } from '../touched.ts';
import { placeRelations, relationDependants } from './place-relations.ts';
import type { PlacedRelation } from './place-relations.ts';
import { queueReprojection } from './queue.ts';

/**
 * Projects relations between people (docs/projection.md 11). Nothing is asked of the database where nobody who was touched
 * states one, or is named in one. Those who name others are dealt with later where they are more than the lane's limit (rule 8).
 *
 * @param stating persons who were declared, and state relations: always placed now
 * @param restated persons whose relations were declared anew because of somebody whom they name
 * @param agents persons who came or went, and are named in relations
 */
export async function projectRelations(
  lane: Lane,
  stating: readonly SourcedKey[],
  restated: readonly SourcedKey[],
  agents: readonly SourcedKey[],
): Promise<void> {
  const naming = uniqueKeys([...restated, ...(await relationDependants(lane, agents))]);
  const fits = naming.length <= lane.fanOutLimit;
  if (!fits) await queueReprojection(lane, { ...nothingTouched, relations: naming });
  await settleRelations(lane, await placeRelations(lane, fits ? [...stating, ...naming] : stating));
}

/** Settles every pair that a relation reached or reaches. */
export async function settleRelations(lane: Lane, placed: readonly PlacedRelation[]): Promise<void> {
  const pairs = placed.flatMap(pairsOf);
  if (pairs.length === 0) return;
  const { rows } = await lane.client.query<{ changes: number }>({
    name: 'project_relation_settle',
    text: settleRelationsSql,
    values: [
      lane.organizationId,
      pairs.map((pair) => pair.userId),
      pairs.map((pair) => pair.agentId),
      pairs.map((pair) => pair.kind),
      pairs.map((pair) => pair.messageId),
      lane.counter.seq,
      lane.changeIdHead,
      JSON.stringify(lane.cause),
    ],
  });
  lane.counter.seq += rows[0]?.changes ?? 0;
}

type Pair = Pick<PlacedRelation, 'kind' | 'messageId'> & { userId: string; agentId: string };

function pairsOf({ kind, messageId, userId, agentId, oldUserId, oldAgentId }: PlacedRelation): Pair[] {
  const pairs: Pair[] = [];
  if (userId !== null && agentId !== null) pairs.push({ kind, messageId, userId, agentId });
  const isMoved = oldUserId !== userId || oldAgentId !== agentId;
  if (isMoved && oldUserId !== null && oldAgentId !== null)
    pairs.push({ kind, messageId, userId: oldUserId, agentId: oldAgentId });
  return pairs;
}

/** A relation stands while a declared one, of whichever source system, reaches its pair: it rests on all of them. */
export const settleRelationsSql = `
  with pairs as (
    select user_id, agent_id, kind, min(message_id::text) as message_id
      from unnest($2::bigint[], $3::bigint[], $4::text[], $5::uuid[]) as p(user_id, agent_id, kind, message_id)
     group by user_id, agent_id, kind
  ),
  target as (
    select p.*, h.id is not null and not h.ended as stood, support.found is not null as stands
      from pairs p
      left join lateral (
        select true as found from declared_relation d
         where d.organization_id = $1 and d.user_id = p.user_id and d.agent_id = p.agent_id and d.kind = p.kind limit 1) support on true
      left join lateral (
        select h.id, h.ended from lms_relation h
         where h.organization_id = $1 and h.user_id = p.user_id and h.agent_id = p.agent_id and h.kind = p.kind limit 1) h on true
  ),
  differing as (select * from target where stands <> stood),
  written as (
    insert into lms_relation as r (organization_id, user_id, agent_id, kind, ended)
    select $1, user_id, agent_id, kind, not stands from differing
    on conflict (organization_id, user_id, agent_id, kind) do update
       set ended = excluded.ended, version = r.version + 1, changed_at = now()
    returning user_id, agent_id, kind, id
  ),
  difference as (
    select 'relation' as entity, w.id as lms_id, d.message_id,
           case when d.stands then 'created' else 'deleted' end as operation,
           case when not d.stands then image end as before, case when d.stands then image end as after
      from differing d
      join written w using (user_id, agent_id, kind)
      cross join lateral (
        select jsonb_build_object('userId', user_id::text, 'agentId', agent_id::text, 'kind', kind) as image) i
     order by user_id, agent_id, kind
  ),
  recorded as (${recordChangesSql({ seq: 6, head: 7, cause: 8 })})
  select count(*)::integer as changes from recorded`;
