import type { Lane } from './lane.ts';
import { cascadesSql } from './projection/cascading.ts';
import { pairsAlong } from './projection/along-edges.ts';
import { settleEnrollments } from './projection/enrollments.ts';
import type { LostParent } from './projection/org-units.ts';
import { placeEnrollments } from './projection/place-enrollments.ts';
import type { SourcedKey } from './touched.ts';

/**
 * Sets right along which edges enrollments cascade (from what is based on a course section or a group to what is based on a course
 * offering, IPSIS 2.6), and settles the enrollments there. The flag is stored with the edge when the edge is made, and
 * types never change their base: a wrong one is damage, which no projection of the org units themselves would come across.
 *
 * @returns how many edges were wrong
 */
export async function mendCascades(lane: Lane): Promise<number> {
  const { rows: mended } = await lane.client.query<LostParent & { cascades: boolean }>(mendSql, [lane.organizationId]);
  if (mended.length === 0) return 0;
  const { rows: reaching } = await lane.client.query<SourcedKey>(
    `select source_system_id as "sourceSystemId", sourced_id as "sourcedId" from declared_enrollment
      where organization_id = $1 and user_id is not null and org_unit_id = any($2::bigint[])`,
    [lane.organizationId, mended.map(({ orgUnitId }) => orgUnitId)],
  );
  const placed = await placeEnrollments(lane, reaching);
  const lost = mended.filter(({ cascades }) => !cascades);
  const pairs = await pairsAlong(lane, lost, []);
  await settleEnrollments(lane, placed, { sourceSystemId: 0, rows: [] }, { lost, pairs });
  return mended.length;
}

const mendSql = `
  update lms_org_unit_parent p
     set cascades = not p.cascades
    from lms_org_unit child, lms_org_unit parent, org_unit_type ct, org_unit_type pt
   where p.organization_id = $1
     and child.organization_id = $1 and child.id = p.org_unit_id and ct.organization_id = $1 and ct.id = child.org_unit_type_id
     and parent.organization_id = $1 and parent.id = p.parent_id and pt.organization_id = $1 and pt.id = parent.org_unit_type_id
     and p.cascades <> ${cascadesSql('ct.base', 'pt.base')}
  returning p.org_unit_id as "orgUnitId", p.parent_id as "parentId", p.cascades`;
