/**
 * SQL: does a section bring its own offering (docs/projection.md 2), if its source system has the option? The function
 * `brings_offering`, written out: as a function it is called row by row, for more than all else that is done with a row.
 * Its aliases are names that nobody else uses: `source` and `section` are of the statement around it. $1 organization
 */
export const bringsOfferingSql = (source: string, section: string): string => `
  not exists (
    select from (
      select own_parent.parent_sourced_id from declared_parent own_parent
       where own_parent.organization_id = $1 and own_parent.source_system_id = ${source} and own_parent.sourced_id = ${section}
         and own_parent.kind = 'section' and own_parent.role = 'offering'
       order by own_parent.position limit 1) own_named
      cross join lateral (
        select from declared_org_unit own_offering
         where own_offering.organization_id = $1 and own_offering.source_system_id = ${source}
           and own_offering.sourced_id = own_named.parent_sourced_id and own_offering.kind = 'offering'
           and not own_offering.implied and not own_offering.deleted limit 1) own_offering)`;

/**
 * SQL: the offering of a section as it would be without associations: its own, or the one it names (docs/projection.md 3).
 * It has the aliases p, o, own and reference: `source`, `section` and `brings` must be of others. $1 organization
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
