import { bringsOfferingSql } from './section-offering.ts';

/** From a row `a` to what it refers to: `p`, resolved to the row that is there, `up`. $1 organization, `src` sources */
export const upwardsSql = `
      join src on src.id = a.source_system_id
      cross join lateral (
        select a.kind = 'section' and src.brings and ${bringsOfferingSql('a.source_system_id', 'a.sourced_id')} as is_brought offset 0) own
      cross join lateral (
        select p.parent_kind, p.parent_sourced_id from declared_parent p
         where p.organization_id = $1 and p.source_system_id = a.source_system_id and p.sourced_id = a.sourced_id and p.kind = a.kind
           and not (own.is_brought and p.role = 'offering')
        union all
        select 'offering', a.sourced_id where own.is_brought
      ) p
      cross join lateral resolve_org_unit(
        $1, a.source_system_id, p.parent_kind, p.parent_sourced_id, case when p.parent_sourced_id = a.sourced_id then a.kind end) up
     where up.verdict in ('live', 'waiting')`;

/**
 * Upwards from all rows of the `front` that something refers to (what nothing refers to is above nothing), over references resolved to rows that are
 * there (union: each row once, whoever refers to it). `moved`: it is above one of them.
 */
export const aboveSql = `
  above as (
    select f.source_system_id, f.kind, f.sourced_id, false as moved from front f
     where not f.deleted
       and exists (select from declared_parent p
                    where p.organization_id = $1 and p.parent_sourced_id = f.sourced_id and p.source_system_id = f.source_system_id offset 0)
    union
    select a.source_system_id, up.kind, p.parent_sourced_id, true
      from above a ${upwardsSql}
  )`;
