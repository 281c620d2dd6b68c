/**
 * SQL: the offering of a section as it would be without associations: its own, or the one it names (docs/projection.md 3).
 * $1 organization
 */
export const sectionOfferingSql = (source: string, section: string, brings: string): string => `
  select reference.kind, reference.sourced_id from (
    select 'offering' as kind, ${section} as sourced_id, 0 as position where ${brings} and brings_offering($1, ${source}, ${section})
    union all
    select o.kind, p.parent_sourced_id, p.position + 1
      from (
        select p.* from declared_parent p
         where p.organization_id = $1 and p.source_system_id = ${source} and p.sourced_id = ${section} and p.kind = 'section'
           and p.role = 'offering'
         order by p.position limit 1) p
      cross join lateral resolve_org_unit(
        $1, ${source}, p.parent_kind, p.parent_sourced_id, case when p.parent_sourced_id = p.sourced_id then p.kind end) o
     where o.verdict in ('live', 'waiting')
       and not (${brings} and brings_offering($1, ${source}, ${section}))
  ) reference order by reference.position limit 1`;
