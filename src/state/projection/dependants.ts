import type { Lane } from '../lane.ts';
import type { OrgUnitKey, SourcedKey } from '../touched.ts';

/**
 * The org units whose evaluation may depend on the given rows, whatever their state: what refers to them, the sections of
 * an association and their offerings, the associations of a section, of an offering's sections, and of the sections of
 * offerings that refer to the row; and what waits on a cycle. Each with whether it is projected now.
 */
export async function orgUnitDependants(
  lane: Lane,
  keys: readonly OrgUnitKey[],
  also?: 'and themselves',
): Promise<(OrgUnitKey & { live: boolean })[]> {
  if (keys.length === 0) return [];
  const { rows } = await lane.client.query<OrgUnitKey & { live: boolean }>({
    name: 'project_org_unit_dependants',
    text: dependantsSql,
    values: [
      lane.organizationId,
      keys.map((k) => k.sourceSystemId),
      keys.map((k) => k.kind),
      keys.map((k) => k.sourcedId),
      also !== undefined,
    ],
  });
  return rows;
}

const dependantsSql = `
  with keys as (select distinct * from unnest($2::integer[], $3::text[], $4::text[]) as k(source_system_id, kind, sourced_id)),
  referring as (
    select p.source_system_id, p.kind, p.sourced_id
      from keys k join declared_parent p on p.organization_id = $1 and p.source_system_id = k.source_system_id
          and p.parent_sourced_id = k.sourced_id
  ),
  -- Whatever a section may have as its offering: an association takes its parents from there.
  offerings as (
    select source_system_id, sourced_id from referring
    union
    select source_system_id, sourced_id from keys
  ),
  listed as (
    select a.source_system_id, a.section_sourced_id as sourced_id from keys k
      join declared_association a on a.organization_id = $1 and a.source_system_id = k.source_system_id
       and a.sourced_id = k.sourced_id
     where k.kind = 'association'
  ),
  sections as (
    select source_system_id, sourced_id from keys where kind = 'section'
    union
    select o.source_system_id, p.sourced_id from offerings o
      join declared_parent p on p.organization_id = $1 and p.source_system_id = o.source_system_id
       and p.parent_sourced_id = o.sourced_id and p.kind = 'section'
    union
    select source_system_id, sourced_id from offerings
  ),
  found as (
    select source_system_id, kind, sourced_id from keys where $5
    union
    select source_system_id, kind, sourced_id from referring
    union
    select source_system_id, 'section', sourced_id from listed
    union
    select source_system_id, 'section', sourced_id from keys where kind = 'offering'
    union
    -- The offerings of touched and of listed sections: they may be superseded, or no longer.
    select s.source_system_id, 'offering', p.parent_sourced_id
      from (select source_system_id, sourced_id from listed
            union
            select source_system_id, sourced_id from keys where kind = 'section') s
      join declared_parent p on p.organization_id = $1 and p.source_system_id = s.source_system_id
       and p.sourced_id = s.sourced_id and p.kind = 'section' and p.role = 'offering'
    union
    select source_system_id, 'offering', sourced_id from listed
    union
    -- A section's own offering, or one that a reference without a kind no longer means.
    select source_system_id, 'offering', sourced_id from keys where kind <> 'offering'
    union
    select s.source_system_id, 'association', a.sourced_id from sections s
      join declared_association a on a.organization_id = $1 and a.source_system_id = s.source_system_id
       and a.section_sourced_id = s.sourced_id
    union
    select d.source_system_id, d.kind, d.sourced_id from (select distinct source_system_id from keys) g
      join declared_org_unit d on d.organization_id = $1 and d.wait_key = 'cycle:' || g.source_system_id
  )
  select f.source_system_id as "sourceSystemId", f.kind, f.sourced_id as "sourcedId", d.live
    from found f
    join declared_org_unit d on d.organization_id = $1 and d.source_system_id = f.source_system_id
     and d.sourced_id = f.sourced_id and d.kind = f.kind`;

/** The enrollments that refer to the given persons and org units. */
export async function enrollmentDependants(
  lane: Lane,
  users: readonly SourcedKey[],
  orgUnits: readonly SourcedKey[],
): Promise<SourcedKey[]> {
  if (users.length + orgUnits.length === 0) return [];
  const { rows } = await lane.client.query<SourcedKey>({
    name: 'project_enrollment_dependants',
    text: `
      select e.source_system_id as "sourceSystemId", e.sourced_id as "sourcedId"
        from unnest($2::integer[], $3::text[]) as k(source_system_id, sourced_id)
        join declared_enrollment e on e.organization_id = $1 and e.source_system_id = k.source_system_id
         and e.user_sourced_id = k.sourced_id
      union
      select e.source_system_id, e.sourced_id
        from unnest($4::integer[], $5::text[]) as k(source_system_id, sourced_id)
        join declared_enrollment e on e.organization_id = $1 and e.source_system_id = k.source_system_id
         and e.org_unit_sourced_id = k.sourced_id`,
    values: [
      lane.organizationId,
      users.map((k) => k.sourceSystemId),
      users.map((k) => k.sourcedId),
      orgUnits.map((k) => k.sourceSystemId),
      orgUnits.map((k) => k.sourcedId),
    ],
  });
  return rows;
}
