import type { Lane, LaneSource } from '../lane.ts';
import type { OrgUnitKey } from '../touched.ts';
import type { Declaration, TouchedRows } from './declare.ts';
import { meansSql } from './means-sql.ts';

/**
 * Option `dependants: forget` (docs/projection.md 8), or a handler that cascades the delete: tombstones the org units that require a deleted one as parent, and
 * theirs, and the enrollments of all these org units and of deleted persons. What a delete released before is left in the LMS.
 */
export async function forgetDependants(
  lane: Lane,
  source: LaneSource,
  deleted: readonly Declaration[],
  touched: TouchedRows,
): Promise<void> {
  const going = deleted.filter(
    ({ command }) => source.options.dependants === 'forget' || command.wishes?.cascade !== undefined,
  );
  const persons = going.filter(({ command }) => command.entity === 'user').map(({ command }) => command.sourcedId);
  const gone = going.filter(({ command }) => command.entity === 'org_unit' || command.entity === 'association');
  if (persons.length + gone.length === 0) return;
  const units = [...gone.map(({ command }) => command), ...(await naming(lane, source, gone))];
  const { rows } = await lane.client.query<{ kind: OrgUnitKey['kind'] | null; sourced_id: string }>({
    name: 'declared_forget',
    text: forgetSql,
    values: [
      lane.organizationId,
      source.id,
      persons,
      units.map(({ kind }) => kind),
      units.map(({ sourcedId }) => sourcedId),
      source.options.sectionBringsOffering !== null,
    ],
  });
  for (const { kind, sourced_id: sourcedId } of rows) {
    if (kind === null) touched.enrollments.push({ sourceSystemId: source.id, sourcedId });
    else touched.orgUnits.push({ sourceSystemId: source.id, kind, sourcedId });
  }
}

/** The offerings that name a deleted semester, the templates that name a deleted department, where handlers wish to delete them, too. */
async function naming(
  lane: Lane,
  source: LaneSource,
  deleted: readonly Declaration[],
): Promise<{ kind: string; sourcedId: string }[]> {
  const roles = deleted.flatMap(({ command }) =>
    (command.wishes?.cascade ?? [])
      .filter((role) => role !== 'dependants')
      .map((role) => ({ role, sourcedId: command.sourcedId })),
  );
  if (roles.length === 0) return [];
  const { rows } = await lane.client.query<{ kind: string; sourcedId: string }>({
    name: 'declared_naming',
    text: `select distinct p.kind, p.sourced_id as "sourcedId"
             from unnest($3::text[], $4::text[]) as k(role, sourced_id)
             join declared_parent p on p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = k.sourced_id and p.role = k.role
             join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = p.sourced_id and d.kind = p.kind
              and not d.deleted and not d.released
            where p.kind = case k.role when 'semester' then 'offering' else 'template' end`,
    values: [lane.organizationId, source.id, roles.map(({ role }) => role), roles.map(({ sourcedId }) => sourcedId)],
  });
  return rows;
}

const forgetSql = `
  with recursive gone as (
    select k.kind, k.sourced_id collate "C" as sourced_id, false as implied from unnest($4::text[], $5::text[]) as k(kind, sourced_id)
    union
    -- Placeholders pass it on; they retire by themselves.
    select d.kind, d.sourced_id, d.implied
      from gone g
      cross join lateral (
        select p.kind, p.sourced_id from declared_parent p
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = g.sourced_id
           and ${meansSql('p.parent_kind', 'and not (p.sourced_id = o.sourced_id and p.kind = o.kind)')}
           and ((p.kind = 'section' and p.role = 'offering' and (not $6 or (g.kind = 'offering' and not g.implied) or not brings_offering($1, $2, p.sourced_id)))
                or (p.kind = 'offering' and p.role = 'template')
                or (p.kind = 'offering' and p.role = 'department' and not exists (
                      select from declared_parent t where t.organization_id = $1 and t.source_system_id = $2 and t.sourced_id = p.sourced_id and t.kind = p.kind and t.role = 'template')))
        union all
        select 'section', g.sourced_id where g.kind = 'offering' and $6 and brings_offering($1, $2, g.sourced_id)
      ) child
      join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = child.sourced_id and d.kind = child.kind and not d.deleted and not d.released
     where not (d.kind = 'section' and exists (
             select from declared_association da
               join declared_org_unit a on a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = da.sourced_id and a.kind = 'association' and a.live
              where da.organization_id = $1 and da.source_system_id = $2 and da.section_sourced_id = d.sourced_id))
  ),
  units as (
    update declared_org_unit d set deleted = true, declared_at = statement_timestamp() from gone g
     where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = g.sourced_id and d.kind = g.kind and not d.deleted and not d.released and not d.implied
    returning d.kind, d.sourced_id
  ),
  reaching as (
    select e.sourced_id from unnest($3::text[]) as person(sourced_id)
      join declared_enrollment e on e.organization_id = $1 and e.source_system_id = $2 and e.user_sourced_id = person.sourced_id and not e.deleted
    union
    select e.sourced_id from gone g
      join declared_enrollment e on e.organization_id = $1 and e.source_system_id = $2 and e.org_unit_sourced_id = g.sourced_id and not e.deleted
     where ${meansSql('e.org_unit_kind')}
  ),
  enrollments as (
    update declared_enrollment e set deleted = true, declared_at = statement_timestamp() from reaching r
     where e.organization_id = $1 and e.source_system_id = $2 and e.sourced_id = r.sourced_id
    returning e.sourced_id
  )
  select kind, sourced_id from units union all select null, sourced_id from enrollments`;
