/**
 * SQL: does a section bring its own offering (docs/projection.md 2), if its source system has the option? The function
 * `brings_offering`, written out: as a function it is called row by row, for more than all else that is done with a row.
 * $1 organization
 */
export const bringsOfferingSql = (source: string, section: string): string => `
  not exists (
    select from (
      select p.parent_sourced_id from declared_parent p
       where p.organization_id = $1 and p.source_system_id = ${source} and p.sourced_id = ${section} and p.kind = 'section'
         and p.role = 'offering'
       order by p.position limit 1) named
      cross join lateral (
        select from declared_org_unit o
         where o.organization_id = $1 and o.source_system_id = ${source} and o.sourced_id = named.parent_sourced_id and o.kind = 'offering'
           and not o.implied and not o.deleted limit 1) o)`;

/**
 * SQL: the offering of a section as it would be without associations: its own, or the one it names (docs/projection.md 3).
 * $1 organization
 */
export const sectionOfferingSql = (source: string, section: string, brings: string): string => `
  select reference.kind, reference.sourced_id
    from (select ${brings} and ${bringsOfferingSql(source, section)} as is_brought offset 0) own
    cross join lateral (
      select 'offering' as kind, ${section} as sourced_id, 0 as position where own.is_brought
      union all
      select o.kind, p.parent_sourced_id, p.position + 1
        from (
          select p.* from declared_parent p
           where p.organization_id = $1 and p.source_system_id = ${source} and p.sourced_id = ${section} and p.kind = 'section'
             and p.role = 'offering'
           order by p.position limit 1) p
        cross join lateral resolve_org_unit(
          $1, ${source}, p.parent_kind, p.parent_sourced_id, case when p.parent_sourced_id = p.sourced_id then p.kind end) o
       where o.verdict in ('live', 'waiting') and not own.is_brought
    ) reference order by reference.position limit 1`;
