import type { Lane, LaneSource } from '../lane.ts';
import type { OrgUnitKey } from '../touched.ts';
import type { Declaration, TouchedRows } from './declare.ts';
import { goneSql, namesGone } from './gone.ts';
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
  const units = [
    ...gone.map(({ command }) => command),
    ...(await namesGone(
      lane,
      source,
      gone.map(({ command }) => command),
    )),
  ];
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
      lane.runId,
    ],
  });
  for (const { kind, sourced_id: sourcedId } of rows) {
    if (kind === null) touched.enrollments.push({ sourceSystemId: source.id, sourcedId });
    else touched.orgUnits.push({ sourceSystemId: source.id, kind, sourcedId, spreads: true });
  }
}

const forgetSql = `
  with recursive ${goneSql('unnest($4::text[], $5::text[]) as k(kind, sourced_id)')},
  units as (
    update declared_org_unit d set deleted = true, message_id = coalesce($7::uuid, d.message_id), declared_at = statement_timestamp() from gone g
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
    update declared_enrollment e set deleted = true, message_id = coalesce($7::uuid, e.message_id), declared_at = statement_timestamp() from reaching r
     where e.organization_id = $1 and e.source_system_id = $2 and e.sourced_id = r.sourced_id
    returning e.sourced_id
  )
  select kind, sourced_id from units union all select null, sourced_id from enrollments`;
