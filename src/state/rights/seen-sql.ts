/** SQL: is the LMS org unit `unit` said to be active (`true`) or inactive (`false`), by a row that is there or an override? */
const isSaid = (unit: string, active: 'true' | 'false'): string => `(
  exists (
    select from (select * from link al where al.organization_id = $1 and al.lms_id = ${unit}.id offset 0) al
      cross join lateral (
        select * from declared_org_unit a
         where a.organization_id = $1 and a.source_system_id = al.source_system_id and a.sourced_id = al.sourced_id and a.kind = al.kind limit 1) a
     where not a.deleted and a.fields->>'active' = '${active}')
  or exists (
    select from override ao
     where ao.organization_id = $1 and ao.lms_id = ${unit}.id and ao.field = 'active' and ao.value = '${active}'))`;

/**
 * SQL: the keys of a `SeenRow` of the LMS org unit `unit`. What nobody said to be inactive is active: an offering that is superseded,
 * a placeholder that retired, what went with its parent.
 */
export const datesOf = (unit: string): string =>
  `'active', case when ${unit}.id is not null then ${unit}.state = 'active' or not ${isSaid(unit, 'false')} end,
   'startsAt', ${unit}.fields->'startsAt', 'endsAt', ${unit}.fields->'endsAt'`;

/** SQL: the keys of a `UnitRow`, but for its base. A section may be under several offerings: its associations. */
export const seenOf = (unit: string): string => `${datesOf(unit)}, 'stands', ${unit}.state <> 'deleted',
  'saysActive', ${isSaid(unit, 'true')}, 'under', (
  select jsonb_agg(jsonb_build_object(${datesOf('o')}))
    from lms_org_unit_parent op
    join lms_org_unit o on o.organization_id = $1 and o.id = op.parent_id
    join org_unit_type ot on ot.organization_id = $1 and ot.id = o.org_unit_type_id and ot.base = 'course_offering'
   where op.organization_id = $1 and op.org_unit_id = ${unit}.id)`;

/**
 * SQL, joins: the LMS org unit `unit`, if there is one, and the type `t` of what a reference with kind and sourced_id means
 * ($1 organization, $2 source system). Which org unit a reference means is said in docs/projection.md 3; where that may
 * change, all that it may mean count. One that the LMS has not yet counts by the type that it will have.
 */
export const meantSql = (ref: string): string => `
left join lateral (
  select u.kind, u.type
    from (select u.kind, u.fields->>'type' as type,
                 rank() over (order by case when u.deleted then 2 when u.kind = ${ref}.kind then 0 else 1 end) as place
            from declared_org_unit u
           where u.organization_id = $1 and u.source_system_id = $2 and u.sourced_id = ${ref}.sourced_id
             and (not u.deleted or ${ref}.kind is null or u.kind = ${ref}.kind)) u
   where u.place = 1) u on true
left join lateral (
  select l.lms_id from link l
   where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = ${ref}.sourced_id and l.kind = u.kind limit 1) l on true
left join lateral (select * from lms_org_unit unit where unit.organization_id = $1 and unit.id = l.lms_id limit 1) unit on true
left join org_unit_type_map m on m.organization_id = $1 and m.source_system_id = $2
      and m.sis_type_key = fold(coalesce(u.type, case ${ref}.kind when 'section' then 'CourseSection' when 'offering' then 'CourseOffering' end))
left join org_unit_type t on t.organization_id = $1 and t.id = coalesce(unit.org_unit_type_id, m.org_unit_type_id)`;
