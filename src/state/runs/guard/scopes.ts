import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { LeasedRun } from '../lease.ts';

/** Removals of a kind within one semester, one department or one role, of all that is declared there. */
export interface ScopedRemoval {
  readonly kind: WireKind;
  readonly scope: { readonly type: 'semester' | 'department' | 'role'; readonly key: string };
  readonly removed: number;
  readonly live: number;
  /** Finds their items (`run_item i`), with `$5`. */
  readonly condition: string;
  readonly values: readonly unknown[];
}

/** @param kinds of which anything is to be removed */
export async function scopedRemovals(
  client: pg.ClientBase,
  run: LeasedRun,
  kinds: readonly WireKind[],
  isRemoval: string,
): Promise<ScopedRemoval[]> {
  const found: ScopedRemoval[] = [];
  const values = [run.organizationId, run.sourceSystemId, run.id];
  if (kinds.includes('membership')) {
    for (const { type, key, removed, live, units } of await read(client, membershipsSql(isRemoval), values)) {
      const ofUnits = { condition: `i.before->'orgUnit'->>'sourcedId' = any($5::text[])`, values: [units] };
      const ofRole = { condition: `i.before->'roles'->0->>'role' = $5`, values: [key] };
      found.push({ kind: 'membership', scope: { type, key }, removed, live, ...(type === 'role' ? ofRole : ofUnits) });
    }
  }
  for (const kind of kinds.filter((each) => each !== 'membership' && each !== 'person')) {
    for (const { type, key, removed, live, units } of await read(client, unitsSql(isRemoval), [...values, kind]))
      found.push({
        kind,
        scope: { type, key },
        removed,
        live,
        condition: 'i.sourced_id = any($5::text[])',
        values: [units],
      });
  }
  return found;
}

interface Row {
  readonly type: ScopedRemoval['scope']['type'];
  readonly key: string;
  readonly removed: number;
  readonly live: number;
  readonly units: string[];
}

async function read(client: pg.ClientBase, sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const { rows } = await client.query<Row>(sql, [...values]);
  return rows;
}

/** Each org unit with the semesters and departments that it, or what it stands below, names: downwards from who names one, as far as that goes. */
const scopeSql = `
  recursive scope as (
    select p.sourced_id as unit, p.role as type, p.parent_sourced_id as key
      from declared_parent p
     where p.organization_id = $1 and p.source_system_id = $2 and p.role in ('semester', 'department')
    union
    select p.sourced_id, s.type, s.key
      from scope s
      join declared_parent p on p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = s.unit
  )`;

const membershipsSql = (isRemoval: string): string => `
  with ${scopeSql},
  gone as materialized (
    select distinct i.sourced_id from run_item i where i.organization_id = $1 and i.run_id = $3 and i.kind = 'membership' and ${isRemoval}
  ),
  rows as (
    select e.org_unit_sourced_id as unit, e.roles->0->>'role' as role, count(*) as live, count(g.sourced_id) as removed
      from declared_enrollment e left join gone g on g.sourced_id = e.sourced_id
     where e.organization_id = $1 and e.source_system_id = $2 and not e.deleted
     group by 1, 2
  )
  select s.type, s.key, sum(r.removed)::integer as removed, sum(r.live)::integer as live, array_agg(distinct r.unit) as units
    from scope s join rows r using (unit) group by 1, 2 having sum(r.removed) > 0
  union all
  select 'role', r.role, sum(r.removed)::integer, sum(r.live)::integer, '{}'::text[] from rows r where r.role is not null group by r.role having sum(r.removed) > 0`;

const unitsSql = (isRemoval: string): string => `
  with ${scopeSql}
  select s.type, s.key, count(i.sourced_id)::integer as removed, count(*)::integer as live,
         array_agg(d.sourced_id) filter (where i.sourced_id is not null) as units
    from scope s
    join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = s.unit and d.kind = $4
     and not d.deleted and not d.released and not d.implied
    left join (select distinct i.sourced_id from run_item i where i.organization_id = $1 and i.run_id = $3 and i.kind = $4 and ${isRemoval}) i
      on i.sourced_id = d.sourced_id
   group by 1, 2 having count(i.sourced_id) > 0`;
