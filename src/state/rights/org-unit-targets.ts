import { statesFields } from '../../domain/command.ts';
import type { WriteCommand } from '../../domain/command.ts';
import { literalOrgUnitTypes } from '../../domain/entities.ts';
import type { ParentReference } from '../../domain/entities.ts';
import { adoptedOf } from './adopted-sql.ts';
import type { TargetRead } from './read-targets.ts';
import { datesOf, meantSql, seenOf } from './seen-sql.ts';

const typeOn = (type: string): string =>
  `case when ${type}.id is not null then jsonb_build_object('id', ${type}.id, 'base', ${type}.base) end`;

/**
 * The parents that an org unit which is adopted would get: what it states, as far as it counts (docs/projection.md 4). Those
 * of an association are its sections' affair; a section that brings its offering is under that.
 */
const otherParents = `k.kind <> 'association' and not (k.kind = 'section' and $10) and (
  select coalesce(array_agg(distinct meant.lms_id order by meant.lms_id), '{}')
    from jsonb_array_elements(k.parents) p
   cross join lateral resolve_org_unit($1, $2, p.value->>'kind', p.value->>'sourcedId') meant
   where meant.lms_id is not null and case k.kind
           when 'section' then p.value->>'role' in ('offering', 'parent')
           when 'offering' then p.value->>'role' <> 'department' or not exists (
             select from jsonb_array_elements(k.parents) t where t.value->>'role' = 'template')
           else p.value->>'role' in ('department', 'parent', 'semester') end
  ) is distinct from (
  select coalesce(array_agg(hp.parent_id order by hp.parent_id), '{}') from lms_org_unit_parent hp
   where hp.organization_id = $1 and hp.org_unit_id = holder.id and hp.parent_id <> $12)`;

/**
 * Its type as it is declared (of placeholders and of what a delete released, too: the LMS has them), and as it is stated; the
 * LMS org unit that it is, or would adopt.
 */
export const orgUnitTargets: TargetRead = {
  name: 'rights_org_units',
  text: `
    with k as materialized (
      -- Materialized: row-level security keeps an expression that is not leakproof (fold) away from the indexes, a column not.
      select i.position, i.kind, i.sourced_id, i.type, i.offering_kind, i.offering_id, i.parents::jsonb as parents,
             case when i.states then fold(i.code) end as code_key, case when i.states then fold(i.sourced_id) end as id_key,
             case when i.states and i.kind = 'section' and $10 then fold(i.label) end as label_key
        from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $13::boolean[], $15::text[]) with ordinality
             as i(kind, sourced_id, type, offering_kind, offering_id, parents, code, states, label, position)
    )
    select k.position::integer, ${typeOn('ht')} as held, ${typeOn('st')} as stated,
           case when not d.deleted and not d.released and not d.implied then d.fields || held.refs end as declared,
           case when unit.id is not null then jsonb_build_object('base', ut.base, ${seenOf('unit')}) end as unit, coming.seen as comes_under,
           case when holder.id is not null then jsonb_build_object(
             'fields', unit.fields || jsonb_build_object('code', unit.code, 'active', unit.state = 'active'),
             'turns', ${otherParents}, ${adoptedOf('holder', 'declared_org_unit', '$11', 'parents')}) end as adopted,
           case when brought.id is not null then jsonb_build_object(
             'fields', brought.fields || jsonb_build_object('active', brought.state = 'active'), 'turns', false, 'seen', jsonb_build_object(${datesOf('brought')}),
             ${adoptedOf('brought', 'declared_org_unit', '$11', 'parents')}) end as brought
      from k
      left join lateral (
        select * from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind limit 1) d on true
      left join lateral (
        select case when k.kind = 'association'
          then jsonb_build_object('sections', (select coalesce(jsonb_agg(a.section_sourced_id order by a.position), '[]') from declared_association a
                 where a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = k.sourced_id))
          else coalesce((select jsonb_build_object('parents', jsonb_agg(
                   jsonb_strip_nulls(jsonb_build_object('role', p.role, 'sourcedId', p.parent_sourced_id, 'name', p.parent_name))
                   || jsonb_build_object('kind', p.parent_kind) order by p.position))
                 from declared_parent p
                where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = k.sourced_id and p.kind = k.kind having count(*) > 0), '{}')
          end as refs) held on true
      left join lateral (
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = k.kind limit 1) l on true
      left join org_unit_type_map hm on hm.organization_id = $1 and hm.source_system_id = $2
                                    and hm.sis_type_key = fold(d.fields->>'type') and not d.deleted
      left join org_unit_type ht on ht.organization_id = $1 and ht.id = hm.org_unit_type_id
      left join org_unit_type_map sm on sm.organization_id = $1 and sm.source_system_id = $2
                                    and sm.sis_type_key = fold(coalesce(k.type, d.fields->>'type'))
      left join org_unit_type st on st.organization_id = $1 and st.id = sm.org_unit_type_id
      left join lateral (
        select u.id from lms_org_unit u
         where $14 and l.lms_id is null and u.organization_id = $1 and u.org_unit_type_id = st.id
           and u.code_key = case when k.code_key is not null then k.code_key when d.code_key is not null then d.code_key else k.id_key end
           and u.state <> 'deleted' and not exists (
                 select from link o where o.organization_id = $1 and o.lms_id = u.id and o.source_system_id = $2)
         order by u.id limit 1) holder on true
      left join lateral (
        select * from lms_org_unit unit
         where unit.organization_id = $1 and unit.id = case when l.lms_id is not null then l.lms_id else holder.id end limit 1) unit on true
      left join org_unit_type ut on ut.organization_id = $1 and ut.id = unit.org_unit_type_id
      left join lateral (
        -- The offering that a section brings by itself (docs/projection.md 2) is made by its type and code as well.
        select u.* from org_unit_type_map bm
         cross join lateral (
           select * from lms_org_unit u
            where u.organization_id = $1 and u.org_unit_type_id = bm.org_unit_type_id and u.code_key = k.label_key and u.state <> 'deleted'
              and not exists (select from link o where o.organization_id = $1 and o.lms_id = u.id and o.source_system_id = $2)
            order by u.id limit 1) u
         where $14 and k.label_key is not null and bm.organization_id = $1 and bm.source_system_id = $2 and bm.sis_type_key = 'courseoffering'
           and not exists (
                 select from link o
                  where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = k.sourced_id and o.kind = 'offering')
           and not exists (
                 select from declared_org_unit o
                  where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = k.offering_id and o.kind = 'offering'
                    and not o.implied and not o.deleted)) brought on true
      left join lateral (
        select jsonb_build_object(${datesOf('unit')}) as seen
          from (select k.offering_kind as kind, k.offering_id as sourced_id where k.offering_id is not null
                 union all
                select p.value->>'kind', p.value->>'sourcedId' from jsonb_array_elements(k.parents) p
                 where k.kind = 'group' and p.value->>'role' = 'parent') ref
          ${meantSql('ref')}
         where t.base = 'course_offering' and not exists (
                 -- It is under its associations, not under the offering that it names.
                 select from declared_association da
                   join declared_org_unit a on a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = da.sourced_id and a.kind = 'association' and a.live
                  where da.organization_id = $1 and da.source_system_id = $2 and da.section_sourced_id = k.sourced_id)
         -- A group may be under several: that which is the hardest to reach.
         order by unit.state = 'active', unit.fields->>'endsAt' limit 1) coming on k.offering_id is not null or k.kind = 'group'`,
  parameters: (commands, { rank, options }, { rootOrgUnitId }) => {
    const offerings = commands.map(offeringOf);
    return [
      commands.map(({ kind }) => kind),
      commands.map(({ sourcedId }) => sourcedId),
      commands.map(typeOf),
      offerings.map((offering) => offering?.kind ?? null),
      offerings.map((offering) => offering?.sourcedId ?? null),
      commands.map((command) => JSON.stringify(parentsOf(command))),
      commands.map(codeOf),
      options.sectionBringsOffering !== null,
      rank,
      rootOrgUnitId,
      commands.map(statesFields),
      options.adoptOrgUnits,
      commands.map(labelOf),
    ];
  },
};

function parentsOf(command: WriteCommand): readonly ParentReference[] {
  return (command.entity === 'org_unit' && statesFields(command) ? command.fields.parents : null) ?? [];
}

/** Of several, the first counts (docs/projection.md 1). */
function offeringOf(command: WriteCommand): ParentReference | undefined {
  return command.kind === 'section' ? parentsOf(command).find(({ role }) => role === 'offering') : undefined;
}

function typeOf(command: WriteCommand): string | null {
  if (command.entity === 'association') return literalOrgUnitTypes.association;
  return command.entity === 'org_unit' && statesFields(command) ? (command.fields.type ?? null) : null;
}

/** A replace without a code is called by its sourcedId. */
function codeOf(command: WriteCommand): string | null {
  if ((command.entity !== 'org_unit' && command.entity !== 'association') || !statesFields(command)) return null;
  return command.fields.code ?? (command.verb === 'replace' ? command.sourcedId : null);
}

/** The code of the offering that a section brings. */
function labelOf(command: WriteCommand): string | null {
  if (command.entity !== 'org_unit' || !statesFields(command)) return null;
  return command.fields.attributes?.label ?? command.sourcedId;
}
