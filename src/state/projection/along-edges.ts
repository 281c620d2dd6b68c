import type { Lane } from '../lane.ts';
import type { LostParent } from './org-units.ts';

/** An LMS user and an LMS org unit: who is enrolled where is settled by the pair. */
export interface LmsPair {
  readonly userId: string;
  readonly orgUnitId: string;
}

/**
 * The pairs whose enrollments may end or begin along edges: those in sections that left a course offering, with that
 * offering; those in sections that came under one, which cascade from there.
 *
 * @param lost sections that left a course offering
 * @param gained sections that came under one
 */
export async function pairsAlong(
  lane: Lane,
  lost: readonly LostParent[],
  gained: readonly string[],
): Promise<LmsPair[]> {
  if (lost.length + gained.length === 0) return [];
  const { rows } = await lane.client.query<LmsPair>({
    name: 'project_enrollment_edges',
    text: pairsSql,
    values: [lane.organizationId, lost.map((edge) => edge.orgUnitId), lost.map((edge) => edge.parentId), gained],
  });
  return rows;
}

const pairsSql = `
  with lost as (select * from unnest($2::bigint[], $3::bigint[]) as lost(org_unit_id, parent_id)),
  gained as (select distinct * from unnest($4::bigint[]) as gained(org_unit_id))
  select e.user_id as "userId", lost.parent_id as "orgUnitId"
    from lost
    cross join lateral (
      select e.user_id from lms_enrollment e where e.organization_id = $1 and e.org_unit_id = lost.org_unit_id offset 0) e
  union
  -- Deleted ones with a role that sees all sections may never have had an LMS row in the section.
  select d.user_id, lost.parent_id
    from lost
    cross join lateral (
      select * from link l where l.organization_id = $1 and l.lms_id = lost.org_unit_id and l.kind <> 'person' offset 0) l
    cross join lateral (
      select d.user_id, d.org_unit_id, d.deleted from declared_enrollment d
       where d.organization_id = $1 and d.org_unit_sourced_id = l.sourced_id and d.source_system_id = l.source_system_id offset 0) d
   where d.deleted and d.org_unit_id = lost.org_unit_id
  union
  select e.user_id, gained.org_unit_id
    from gained
    cross join lateral (
      select e.user_id from lms_enrollment e where e.organization_id = $1 and e.org_unit_id = gained.org_unit_id offset 0) e`;
