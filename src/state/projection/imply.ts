import type { OrgUnitWireKind, ParentReference } from '../../domain/entities.ts';
import { isSame } from '../declare/restate.ts';
import { writeParents } from '../declare/org-units.ts';
import type { Lane, LaneSource } from '../lane.ts';
import type { OrgUnitKey, TouchedOrgUnit } from '../touched.ts';
import { bringsOfferingSql } from './section-offering.ts';

interface ImpliedRow {
  kind: OrgUnitWireKind;
  sourced_id: string;
  /** What the sections that are there imply now; null = nothing any longer. */
  fields: Record<string, unknown> | null;
  parents: ParentReference[];
  had_fields: Record<string, unknown> | null;
  had_parents: ParentReference[];
  had_row: 'none' | 'implied' | 'retired';
  message_id: string;
}

/**
 * Keeps the placeholders of sections that bring their own offering (docs/projection.md 2, rule 12): makes, corrects and
 * retires the rows that the touched sections imply. Rows with a message of their own are never looked at.
 *
 * @returns the rows that were written, to be projected with the rest
 */
export async function implyOrgUnits(lane: Lane, touched: readonly OrgUnitKey[]): Promise<TouchedOrgUnit[]> {
  const written: TouchedOrgUnit[] = [];
  for (const source of lane.sources.values()) {
    const keys = touched.filter((key) => key.sourceSystemId === source.id);
    if (keys.length === 0) continue;
    if (source.options.sectionBringsOffering === null && !(await hasPlaceholders(lane, source, keys))) continue;
    const rows = await impliedRows(lane, source, keys);
    const changed = rows.filter(isChanged);
    if (changed.length === 0) continue;
    await writeImplied(lane, source, changed);
    written.push(
      ...changed.map((row) => ({
        sourceSystemId: source.id,
        kind: row.kind,
        sourcedId: row.sourced_id,
        spreads: isRestructured(row),
      })),
    );
  }
  return written;
}

function isChanged(row: ImpliedRow): boolean {
  if (row.fields === null) return row.had_row === 'implied';
  return isRestructured(row) || !isSame(row.had_fields, row.fields);
}

/** It comes, goes, or refers to others. */
function isRestructured({ fields, parents, had_parents: hadParents, had_row: hadRow }: ImpliedRow): boolean {
  return fields === null || hadRow !== 'implied' || !isSame(hadParents, parents);
}

/** A source system whose option was switched off may still have placeholders to retire. */
async function hasPlaceholders(lane: Lane, source: LaneSource, keys: readonly OrgUnitKey[]): Promise<boolean> {
  const { rowCount } = await lane.client.query({
    name: 'implied_exists',
    text: `select from declared_org_unit
            where organization_id = $1 and source_system_id = $2 and sourced_id = any($3::text[]) and implied
              and not deleted limit 1`,
    values: [lane.organizationId, source.id, keys.map((key) => key.sourcedId)],
  });
  return (rowCount ?? 0) > 0;
}

/** Every key that the touched rows may imply, with what is implied now and what was. */
async function impliedRows(lane: Lane, source: LaneSource, keys: readonly OrgUnitKey[]): Promise<ImpliedRow[]> {
  const brings = source.options.sectionBringsOffering;
  const { rows } = await lane.client.query<ImpliedRow>({
    name: 'implied_rows',
    text: impliedRowsSql,
    values: [
      lane.organizationId,
      source.id,
      keys.map((key) => key.kind),
      keys.map((key) => key.sourcedId),
      brings !== null,
      brings?.semesterType ?? null,
      brings?.departmentType ?? null,
      lane.cause.messageId ?? '00000000-0000-0000-0000-000000000000',
    ],
  });
  return rows;
}

/**
 * touched -> sections concerned -> keys they may imply -> the implied row of each key. The lookups of one row (`limit 1`,
 * in the order of the index) keep a department that thousands of sections name as cheap as one that few name.
 */
const impliedRowsSql = `
  with touched as (select distinct * from unnest($3::text[], $4::text[]) as t(kind, sourced_id)),
  concerned as (
    select sourced_id from touched where kind = 'section'
    union
    select sourced_id from touched where kind = 'offering'
    union
    select p.sourced_id from touched t
      cross join lateral (
        select p.sourced_id from declared_parent p
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = t.sourced_id
           and p.kind = 'section' and p.role = 'offering' offset 0) p
     where t.kind = 'offering'
  ),
  keys as (
    select 'offering' as kind, sourced_id from concerned
    union
    select case when p.role in ('offering', 'template') then 'template' else 'group' end, p.parent_sourced_id
      from concerned c
      cross join lateral (
        select p.role, p.parent_sourced_id from declared_parent p
         where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = c.sourced_id and p.kind = 'section'
           and p.role <> 'parent' offset 0) p
    union
    select case when t.kind = 'group' then 'group' else 'template' end, t.sourced_id from touched t
     where t.kind in ('group', 'template', 'offering')
  ),
  implied as (
    -- The section's own offering.
    select k.kind, k.sourced_id,
           jsonb_build_object('type', 'CourseOffering', 'code', coalesce(nullif(s.fields->'attributes'->>'label', ''), s.sourced_id))
             -- As the section states them: a stated null counts as stated (docs/projection.md 6).
             || (select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(s.fields) e
                  where e.key in ('name', 'active', 'startsAt', 'endsAt')) as fields,
           (select jsonb_agg(named.parent order by named.role_order) from (
              select distinct on (role_order) role_order,
                     jsonb_strip_nulls(jsonb_build_object(
                       'role', role, 'kind', case role when 'template' then 'template' else 'group' end,
                       'sourcedId', parent_sourced_id, 'name', parent_name)) as parent
                from (select case when p.role in ('offering', 'template') then 'template' else p.role end as role,
                             case when p.role in ('offering', 'template') then 1
                                  when p.role = 'semester' then 2 else 3 end as role_order,
                             p.role = 'template' as second_choice, p.position, p.parent_sourced_id, p.parent_name
                        from declared_parent p
                       where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = s.sourced_id
                         and p.kind = 'section'
                         and p.role in ('offering', 'template', 'semester', 'department')) choices
               order by role_order, second_choice, position) named) as parents
      from keys k
      cross join lateral (
        select s.sourced_id, s.fields from declared_org_unit s
         where s.organization_id = $1 and s.source_system_id = $2 and s.sourced_id = k.sourced_id and s.kind = 'section'
           and not s.deleted limit 1) s
     where k.kind = 'offering' and $5 and ${bringsOfferingSql('$2', 's.sourced_id')}
    union all
    -- The template that sections name, under the department that the first of them names.
    select k.kind, k.sourced_id, jsonb_build_object('type', 'CourseTemplate', 'code', k.sourced_id, 'name', k.sourced_id),
           case when department.id is null then '[]'::jsonb
                else jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
                       'role', 'department', 'kind', 'group', 'sourcedId', department.id, 'name', department.name))) end
      from keys k
      cross join lateral (
        select from declared_parent p
          join declared_org_unit s on s.organization_id = $1 and s.source_system_id = $2
           and s.sourced_id = p.sourced_id and s.kind = 'section' and not s.deleted
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = k.sourced_id and p.kind = 'section'
           and p.role in ('offering', 'template') and ${bringsOfferingSql('$2', 'p.sourced_id')}
           and is_named_template(p) limit 1) named
      left join lateral (
        select d.parent_sourced_id as id, d.parent_name as name from declared_parent p
          join declared_org_unit s on s.organization_id = $1 and s.source_system_id = $2
           and s.sourced_id = p.sourced_id and s.kind = 'section' and not s.deleted
          join declared_parent d on d.organization_id = $1 and d.source_system_id = $2
           and d.sourced_id = p.sourced_id and d.kind = 'section' and d.role = 'department'
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = k.sourced_id and p.kind = 'section'
           and p.role in ('offering', 'template') and ${bringsOfferingSql('$2', 'p.sourced_id')} and is_named_template(p)
         order by p.sourced_id, d.position limit 1) department on true
     where k.kind = 'template' and $5
    union all
    -- The semester or department that sections name.
    select k.kind, k.sourced_id,
           jsonb_build_object('type', case named.role when 'semester' then $6::text else $7::text end, 'code', k.sourced_id,
                              'name', coalesce(called.parent_name, k.sourced_id)), '[]'::jsonb
      from keys k
      cross join lateral (
        select p.role from declared_parent p
          join declared_org_unit s on s.organization_id = $1 and s.source_system_id = $2
           and s.sourced_id = p.sourced_id and s.kind = 'section' and not s.deleted
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = k.sourced_id and p.kind = 'section'
           and p.role in ('semester', 'department') and ${bringsOfferingSql('$2', 'p.sourced_id')}
         order by p.sourced_id, p.position limit 1) named
      left join lateral (
        select p.parent_name from declared_parent p
          join declared_org_unit s on s.organization_id = $1 and s.source_system_id = $2
           and s.sourced_id = p.sourced_id and s.kind = 'section' and not s.deleted
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = k.sourced_id and p.kind = 'section'
           and p.role in ('semester', 'department') and p.parent_name is not null and ${bringsOfferingSql('$2', 'p.sourced_id')}
         order by p.sourced_id, p.position limit 1) called on true
     where k.kind = 'group' and $5
  )
  select k.kind, k.sourced_id, i.fields, coalesce(i.parents, '[]') as parents, d.fields as had_fields,
         case when d.sourced_id is null then 'none' when d.deleted then 'retired' else 'implied' end as had_row,
         $8::uuid as message_id,
         coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                            'role', p.role, 'kind', p.parent_kind,
                            'sourcedId', p.parent_sourced_id, 'name', p.parent_name)) order by p.position)
                     from declared_parent p
                    where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = k.sourced_id
                      and p.kind = k.kind), '[]') as had_parents
    from keys k
    left join implied i on i.kind = k.kind and i.sourced_id = k.sourced_id
    left join lateral (
      select * from declared_org_unit d
       where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind limit 1) d on true
   where (d.sourced_id is null or d.implied) and (i.kind is not null or d.sourced_id is not null)`;

async function writeImplied(lane: Lane, source: LaneSource, rows: readonly ImpliedRow[]): Promise<void> {
  await lane.client.query({
    name: 'implied_write',
    text: `insert into declared_org_unit (organization_id, source_system_id, sourced_id, kind, fields, implied,
                                          deleted, message_id)
           select $1, $2, r.sourced_id, r.kind, coalesce(nullif(r.fields, 'null'), r.had_fields), true,
                  r.fields = 'null' or r.fields is null, r.message_id
             from jsonb_to_recordset($3) as r(sourced_id text, kind text, fields jsonb, had_fields jsonb, message_id uuid)
           on conflict (organization_id, sourced_id, source_system_id, kind) do update
              set fields = excluded.fields, deleted = excluded.deleted, message_id = excluded.message_id, declared_at = statement_timestamp()`,
    values: [lane.organizationId, source.id, JSON.stringify(rows)],
  });
  await writeParents(lane, source.id, rows);
}
