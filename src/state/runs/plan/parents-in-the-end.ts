/**
 * What org units name as their parents (docs/projection.md 1, 4) when the run is applied: as its last item states them, with what later ones add and without what they
 * take out, else as declared. Of each reference its `unit_kind` and `unit`, what it names (`kind`, `sourced_id`, `role`), and the `number` of the item that states it, -1 as
 * declared, with its `position` there.
 *
 * $1 organization, $2 source system, $3 run
 *
 * @param of which org units, by `kind` and `sourced_id` of a row
 * @param items where those of the plan are found
 */
export const parentsInTheEndSql = (of: (row: string) => string, items = 'run_item'): string => `
        select distinct on (e.unit_kind, e.unit, e.role, e.kind, e.sourced_id) e.unit_kind, e.unit, e.kind, e.sourced_id, e.role, e.number, e.position
          from (
            select s.*, max(s.number) filter (where s.is_whole) over (partition by s.unit_kind, s.unit) as stated_at,
                   max(s.number) filter (where s.lists = 'add') over (partition by s.unit_kind, s.unit, s.role) as added_at,
                   max(s.number) filter (where s.lists = 'remove') over (partition by s.unit_kind, s.unit, s.role, s.kind, s.sourced_id) as removed_at
              from (
                select i.kind as unit_kind, i.sourced_id as unit, i.number, i.command->>'lists' as lists,
                       i.command->>'lists' is null or i.command->'fields'->'parents' = 'null' as is_whole,
                       p.value->>'role' as role, p.value->>'kind' as kind, (p.value->>'sourcedId') collate "C" as sourced_id, p.position
                  from ${items} i
                  left join lateral jsonb_array_elements(nullif(i.command->'fields'->'parents', 'null')) with ordinality p(value, position) on true
                 where i.organization_id = $1 and i.run_id = $3 and i.entity = 'org_unit'
                   and (i.command->>'verb' <> 'update' or i.command->'fields' ? 'parents') and ${of('i')}
                union all
                select p.kind, p.sourced_id, -1, null, false, p.role, p.parent_kind, p.parent_sourced_id, p.position
                  from declared_parent p
                 where p.organization_id = $1 and p.source_system_id = $2 and ${of('p')}) s) e
         where e.sourced_id is not null and e.lists is distinct from 'remove' and e.number >= coalesce(e.stated_at, -1) and e.number > coalesce(e.removed_at, -2)
           -- A department, template, offering or semester that is added takes the place of the former ones.
           and (e.role = 'parent' or e.number >= coalesce(e.added_at, -1))
         order by e.unit_kind, e.unit, e.role, e.kind, e.sourced_id, e.number, e.position`;
