/** A reference `e` that the plan states and nobody declared before, be it in another role. */
const isNewSql = (sameRole: string): string => `e.item is not null and not exists (
            select from declared_parent p
             where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = e.unit and p.kind = e.kind and p.parent_sourced_id = e.parent
               and coalesce(p.parent_kind, '') = e.parent_kind ${sameRole}
               and exists (select from declared_org_unit d
                            where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = e.unit and d.kind = e.kind and not d.deleted offset 0) offset 0)`;

const isLiveSql = (unit: string, kind: string): string => `exists (
             select from declared_org_unit d
              where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = ${unit} and d.live and d.kind = ${kind} offset 0)`;

/**
 * Org units that are projected now and will not be, by items that place them, or others: `falls`, each with the numbers of the items that do it. Those on a circle
 * fall by each that brings a part of it, and so all of these stand at one of them: held back alone, one would leave the circle to the others. What stands below them, and what falls with
 * what is removed, is found when it is asked for (`effects/of-org-units.ts`).
 *
 * $1 organization, $2 source system, $3 run, $9 the plan changes org units that are there
 */
export const fallsSql = `
  circle_causes as materialized (
    select s.root, s.kind, s.sourced_id, e.item as number
      from stuck s
      join edges e on e.kind = s.kind and e.unit = s.sourced_id
      join stuck t on t.root = s.root and t.code = s.code and t.sourced_id = e.parent
     where s.code = 'parent_cycle' and ${isNewSql('')}
  ),
  circle_falls as materialized (
    select s.root, s.kind, s.sourced_id, row_number() over (partition by s.root order by s.kind, s.sourced_id) = 1 as is_first
      from stuck s where s.code = 'parent_cycle' and ${isLiveSql('s.sourced_id', 's.kind')}
  ),
  falls as (
    select b.kind, b.unit as sourced_id, e.item as number
      from (select distinct kind, unit from below where $9::boolean) b
      join edges e on e.kind = b.kind and e.unit = b.unit
     where e.requires_any and ${isNewSql('and p.role = e.role')} and ${isLiveSql('b.unit', 'b.kind')}
    union
    select f.kind, f.sourced_id, coalesce(own.number, any_of_it.number)
      from circle_falls f
      join (select root, min(number) as number from circle_causes group by root) any_of_it using (root)
      left join circle_causes own using (root, kind, sourced_id)
    union
    select f.kind, f.sourced_id, c.number from circle_falls f join circle_causes c using (root) where f.is_first
  ),
  fallen as (
    insert into run_fall (organization_id, run_id, kind, sourced_id, number) select $1, $3, kind, sourced_id, number from falls
    returning 1
  )`;
