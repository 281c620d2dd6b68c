import { sql } from 'kysely';
import type { SupportView } from '../../domain/administration/index.ts';
import type { Scope } from './in-organization.ts';
import type { Sources } from './sources.ts';

/*
 * Which declared enrollments an LMS enrollment rests on (docs/projection.md 7): those that reach its org unit, and those
 * that reach a section or group of it. A declared enrollment notes where it stands in user_id and org_unit_id.
 */

/** The enrollment `e` of a query rests on an enrollment of one of these source systems, with this sourcedId if it is given. */
export function supportedBy({ organizationId }: Scope, sourceIds: readonly number[], sourcedId: string | undefined) {
  const own =
    sourcedId === undefined
      ? sql`d.user_sourced_id = l.sourced_id`
      : sql`d.user_sourced_id = l.sourced_id and d.sourced_id = ${sourcedId}`;
  const ofUser = sql`
    select from link l
      join declared_enrollment d on d.organization_id = ${organizationId} and d.source_system_id = l.source_system_id and ${own}
     where l.organization_id = ${organizationId} and l.lms_id = e.user_id and l.kind = 'person'
       and l.source_system_id = any (${sourceIds}::integer[])
       and d.user_id = e.user_id and (d.org_unit_id = e.org_unit_id or ${isSectionOf(organizationId)})`;
  if (sourcedId === undefined) return sql<boolean>`exists (${ofUser})`;
  // With its own id, the declared row is found first, so that not every enrollment is looked at.
  return sql<boolean>`e.user_id = any (array (
      select d.user_id from declared_enrollment d
       where d.organization_id = ${organizationId} and d.source_system_id = any (${sourceIds}::integer[])
         and d.sourced_id = ${sourcedId} and d.user_id is not null)) and exists (${ofUser})`;
}

/** `d.org_unit_id` is a section or group under the offering `e.org_unit_id`: its enrollments cascade there. */
function isSectionOf(organizationId: number) {
  return sql<boolean>`exists (
    select from lms_org_unit_parent p
     where p.organization_id = ${organizationId} and p.org_unit_id = d.org_unit_id and p.parent_id = e.org_unit_id and p.cascades)`;
}

interface SupportRow {
  user_id: string;
  org_unit_id: string;
  source_system_id: number;
  sourced_id: string;
  direct: boolean;
  roles: string[];
}

/** User and org unit -> what their enrollment rests on, the direct ones first. */
export async function readSupports(
  { db, organizationId }: Scope,
  sources: Sources,
  pairs: readonly { user_id: string; org_unit_id: string }[],
): Promise<(userId: string, orgUnitId: string) => SupportView[]> {
  const { rows } = await sql<SupportRow>`
    select e.user_id, e.org_unit_id, d.source_system_id, d.sourced_id, d.org_unit_id = e.org_unit_id as direct, holding.roles
      from unnest(${pairs.map((pair) => pair.user_id)}::bigint[], ${pairs.map((pair) => pair.org_unit_id)}::bigint[]) as e(user_id, org_unit_id)
      join link l on l.organization_id = ${organizationId} and l.lms_id = e.user_id and l.kind = 'person'
      join declared_enrollment d on d.organization_id = ${organizationId} and d.source_system_id = l.source_system_id
       and d.user_sourced_id = l.sourced_id and d.user_id = e.user_id
      cross join lateral (
        select array (
          select s.value ->> 'role' from jsonb_array_elements(d.roles) with ordinality as s(value, position)
            join role_map m on m.organization_id = ${organizationId} and m.source_system_id = d.source_system_id
             and m.sis_role_key = fold(s.value ->> 'role')
            join role r on r.organization_id = ${organizationId} and r.id = m.role_id
           where (s.value ->> 'active')::boolean and (not d.deleted or r.all_sections) order by s.position) as roles) holding
     where (d.org_unit_id = e.org_unit_id and not d.deleted)
        or (d.org_unit_id <> e.org_unit_id and (not d.deleted or holding.roles <> '{}') and ${isSectionOf(organizationId)})
     order by direct desc, d.source_system_id, d.sourced_id`.execute(db);
  const byPair = Map.groupBy(rows, (row) => `${row.user_id} ${row.org_unit_id}`);
  return (userId, orgUnitId) =>
    (byPair.get(`${userId} ${orgUnitId}`) ?? []).map((row) => ({
      sourceSystem: sources.codeOf(row.source_system_id),
      sourcedId: row.sourced_id,
      via: row.direct ? 'direct' : 'section',
      roles: row.roles,
    }));
}
