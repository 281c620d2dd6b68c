import type { Lane } from '../lane.ts';
import type { OrgUnitKey, SourcedKey, TouchedOrgUnit } from '../touched.ts';

type Dependant = OrgUnitKey & { live: boolean };

/**
 * The org units whose evaluation may depend on the given rows, whatever their state: what refers to them, the sections of
 * an association and their offerings, the associations of a section, of an offering's sections, and of the sections of
 * offerings that refer to the row. Each with whether it is projected now.
 */
export function orgUnitDependants(lane: Lane, keys: readonly OrgUnitKey[]): Promise<Dependant[]> {
  return dependants(
    lane,
    keys.map((key) => ({ ...key, spreads: true })),
    false,
  );
}

/** Touched rows; of those that spread also what depends on them, and what they may have freed of a cycle. */
export function touchedAndDependants(lane: Lane, touched: readonly TouchedOrgUnit[]): Promise<Dependant[]> {
  return dependants(lane, touched, true);
}

async function dependants(lane: Lane, keys: readonly TouchedOrgUnit[], areTouched: boolean): Promise<Dependant[]> {
  if (keys.length === 0) return [];
  const { rows } = await lane.client.query<Dependant>({
    name: 'project_org_unit_dependants',
    text: dependantsSql,
    values: [
      lane.organizationId,
      keys.map((k) => k.sourceSystemId),
      keys.map((k) => k.kind),
      keys.map((k) => k.sourcedId),
      keys.map((k) => k.spreads === true),
      areTouched,
    ],
  });
  return rows;
}

const dependantsSql = `
  with recursive given as (
    select source_system_id, kind, sourced_id, bool_or(spreads) as spreads
      from unnest($2::integer[], $3::text[], $4::text[], $5::boolean[]) as k(source_system_id, kind, sourced_id, spreads) group by 1, 2, 3
  ),
  keys as (select source_system_id, kind, sourced_id from given where spreads),
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
  -- Downwards from what lost a reference, or is referred to otherwise: who was on a cycle with it still reaches it, over rows
  -- that were on that cycle, too.
  circle as (
    select source_system_id, sourced_id collate "C" from keys where $6
    union
    select c.source_system_id, d.sourced_id from circle c
      join declared_parent p on p.organization_id = $1 and p.source_system_id = c.source_system_id and p.parent_sourced_id = c.sourced_id
      cross join lateral (
        select * from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = p.source_system_id and d.sourced_id = p.sourced_id and d.kind = p.kind
         limit 1) d
     where d.wait_code in ('parent_cycle', 'unmapped_type')
  ),
  -- Touched sections but for those that are nothing to their offering: one that is there, that no association lists, and that names one
  -- offering, which is there and not superseded, leaves it as it is.
  stirring as (
    select k.source_system_id, k.sourced_id from keys k
     where k.kind = 'section' and $6
       and not (
         exists (select from declared_org_unit d
                  where d.organization_id = $1 and d.source_system_id = k.source_system_id and d.sourced_id = k.sourced_id
                    and d.kind = 'section' and not d.deleted offset 0)
         and not exists (select from declared_association a
                          where a.organization_id = $1 and a.source_system_id = k.source_system_id and a.section_sourced_id = k.sourced_id offset 0)
         and (select count(*) = 1 and bool_and(exists (
                       select from declared_org_unit o
                        where o.organization_id = $1 and o.source_system_id = p.source_system_id and o.sourced_id = p.parent_sourced_id
                          and o.kind = 'offering' and not (o.deleted or o.implied or o.superseded) offset 0))
                from declared_parent p
               where p.organization_id = $1 and p.source_system_id = k.source_system_id and p.sourced_id = k.sourced_id
                 and p.kind = 'section' and p.role = 'offering'))
  ),
  found as (
    select source_system_id, kind, sourced_id from given where $6
    union
    select source_system_id, kind, sourced_id from referring
    union
    select source_system_id, 'section', sourced_id from listed
    union
    select source_system_id, 'section', sourced_id from keys where kind = 'offering'
    union
    -- The offerings of touched and of listed sections: they may be superseded, or no longer. Whether a section is live is nothing to
    -- them, only whether it is there: what turns on the way is not looked at again with the offering that made it turn.
    select s.source_system_id, 'offering', p.parent_sourced_id
      from (select source_system_id, sourced_id from listed
            union
            select source_system_id, sourced_id from stirring) s
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
    select c.source_system_id, d.kind, d.sourced_id from circle c
      join declared_org_unit d on d.organization_id = $1 and d.source_system_id = c.source_system_id
       and d.sourced_id = c.sourced_id and d.wait_code = 'parent_cycle'
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
