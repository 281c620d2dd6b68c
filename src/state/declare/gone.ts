import type { WriteCommand } from '../../domain/command.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { meansSql } from './means-sql.ts';

/** An org unit that goes with the delete at the place `at` of those that were asked about. */
export interface Gone {
  readonly at: number;
  readonly kind: string;
  readonly sourcedId: string;
}

/** The offerings that name a deleted semester, the templates that name a deleted department, where handlers wish to delete them, too. */
export async function namesGone(lane: Lane, source: LaneSource, deletes: readonly WriteCommand[]): Promise<Gone[]> {
  const roles = deletes.flatMap(({ sourcedId, wishes }, at) =>
    (wishes?.cascade ?? []).filter((role) => role !== 'dependants').map((role) => ({ at, role, sourcedId })),
  );
  if (roles.length === 0) return [];
  const { rows } = await lane.client.query<Gone>({
    name: 'declared_naming',
    text: `select distinct k.at, p.kind, p.sourced_id as "sourcedId"
             from unnest($3::text[], $4::text[], $5::integer[]) as k(role, sourced_id, at)
             join declared_parent p on p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = k.sourced_id and p.role = k.role
             join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = p.sourced_id and d.kind = p.kind
              and not d.deleted and not d.released
            where p.kind = case k.role when 'semester' then 'offering' else 'template' end`,
    values: [
      lane.organizationId,
      source.id,
      roles.map(({ role }) => role),
      roles.map(({ sourcedId }) => sourcedId),
      roles.map(({ at }) => at),
    ],
  });
  return rows;
}

/**
 * SQL, for `with recursive`: `gone`, the org units that go with the seeds, and these themselves (docs/projection.md 8).
 * $1 organization, $2 source system, $6 do sections bring their offerings?
 *
 * @param seeds a relation `k` with kind and sourced_id
 * @param carried a column of the seeds that what goes with them is to have, too
 */
export const goneSql = (seeds: string, carried?: string): string => {
  const of = (table: string): string => (carried === undefined ? '' : `${table}.${carried}, `);
  return `gone as (
    select ${of('k')}k.kind, k.sourced_id collate "C" as sourced_id, false as implied from ${seeds}
    union
    -- Placeholders pass it on; they retire by themselves.
    select ${of('g')}d.kind, d.sourced_id, d.implied
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
      cross join lateral (
        select d.kind, d.sourced_id, d.implied from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = child.sourced_id and d.kind = child.kind
           and not d.deleted and not d.released limit 1) d
     where not (d.kind = 'section' and exists (
             select from (
                 select * from declared_association da
                  where da.organization_id = $1 and da.source_system_id = $2 and da.section_sourced_id = d.sourced_id offset 0) da
               cross join lateral (
                 select from declared_org_unit a
                  where a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = da.sourced_id and a.kind = 'association' and a.live
                  limit 1) a))
  )`;
};
