import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { LeasedRun } from '../lease.ts';
import type { Counted } from './judge-plan.ts';
import { takesAlong } from './risks-sql.ts';

/** By kind: how much would end or be detached that the plan does not remove by itself, and the removals that it comes from. */
export type Effects = Readonly<
  Partial<Record<WireKind, { readonly count: number; readonly live: number; readonly from: readonly WireKind[] }>>
>;

/**
 * Counts what stands below the org units that are to be removed, and the enrollments there and of persons who are: removing one
 * department shows the four thousand courses.
 */
export async function readEffects(
  client: pg.ClientBase,
  run: LeasedRun,
  counted: readonly Counted[],
  isRemoval: string,
): Promise<Effects> {
  const from = counted.filter(({ kind, remove }) => remove > 0 && kind !== 'membership').map(({ kind }) => kind);
  if (from.length === 0) return {};
  const { rows } = await client.query<{ kind: WireKind; count: number; live: number }>(effectsSql(isRemoval), [
    run.organizationId,
    run.sourceSystemId,
    run.id,
  ]);
  const found = rows.filter(({ count }) => count > 0);
  return Object.fromEntries(found.map(({ kind, count, live }) => [kind, { count, live, from }]));
}

/** What names several parents stands below each of them. */
const effectsSql = (isRemoval: string): string => `
  with recursive removed as materialized (
    select distinct i.kind, i.sourced_id from run_item i
     where i.organization_id = $1 and i.run_id = $3 and i.kind <> 'membership' and ${isRemoval} and ${takesAlong}
  ),
  below as (
    select kind, sourced_id from removed where kind <> 'person'
    union
    select p.kind, p.sourced_id
      from below b
      join declared_parent p on p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = b.sourced_id
       and (p.parent_kind is null or p.parent_kind = b.kind)
  ),
  units as (
    select d.kind, count(*) filter (where b.kind is not null and r.kind is null) as count, count(*) as live
      from declared_org_unit d
      left join below b on b.kind = d.kind and b.sourced_id = d.sourced_id
      left join removed r on r.kind = d.kind and r.sourced_id = d.sourced_id
     where d.organization_id = $1 and d.source_system_id = $2 and not d.deleted and not d.released and not d.implied
     group by d.kind
  ),
  memberships as (
    select count(*) filter (where (u.sourced_id is not null or p.sourced_id is not null) and i.sourced_id is null) as count, count(*) as live
      from declared_enrollment e
      left join (select distinct sourced_id from below) u on u.sourced_id = e.org_unit_sourced_id
      left join removed p on p.kind = 'person' and p.sourced_id = e.user_sourced_id
      left join (select distinct i.sourced_id from run_item i where i.organization_id = $1 and i.run_id = $3 and i.kind = 'membership' and ${isRemoval}) i
        on i.sourced_id = e.sourced_id
     where e.organization_id = $1 and e.source_system_id = $2 and not e.deleted
  )
  select kind, count::integer, live::integer from units
  union all
  select 'membership', count::integer, live::integer from memberships`;
