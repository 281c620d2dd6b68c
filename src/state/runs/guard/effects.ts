import type pg from 'pg';
import type { RunEffects } from '../../../domain/administration/index.ts';
import type { WireKind } from '../../../domain/entities.ts';
import { byKind, noEffects, type Projected, projectedEffects, type Projecting } from '../effects/projected-effects.ts';
import type { LeasedRun } from '../lease.ts';
import type { Counted } from './finding.ts';
import { takesAlong } from './risks-sql.ts';

export interface Effects {
  readonly byKind: Readonly<Partial<Record<WireKind, RunEffects>>>;
  /** What would end by changes, or by what is added, though its own record is not removed. */
  readonly ofChanges: readonly Projected[];
}

/** How the items of a plan are looked at. */
interface Looking {
  readonly isRemoval: string;
  /** A key has more than one item. */
  readonly hasRepeats: boolean;
  /** How many new records of a kind wait. */
  readonly waiting: Readonly<Partial<Record<WireKind, number>>>;
  /** How much falls though its record is not removed. */
  readonly falls: number;
}

/**
 * What the plan would do in the LMS. For the guards it counts, besides what ends by changes, all that stands below the org units that are to be
 * removed, and the enrollments there and of persons who are: removing one department shows the four thousand courses.
 */
export async function readEffects(
  client: pg.ClientBase,
  run: LeasedRun,
  options: Projecting['options'],
  counted: readonly Counted[],
  { isRemoval, hasRepeats, waiting, falls }: Looking,
): Promise<Effects> {
  const projected =
    falls > 0 || counted.some(({ remove, change }) => remove + change > 0)
      ? await projectedEffects(client, { ...run, hasRepeats, options })
      : [];
  const besides = await readBesides(client, run, counted, isRemoval);
  const ofChanges = projected.filter(({ endedByChanges }) => endedByChanges > 0);
  const of = byKind(projected);
  const kinds = new Set([...counted.filter(({ adds }) => adds > 0), ...projected, ...besides].map(({ kind }) => kind));
  const all = [...kinds].map((kind): [WireKind, RunEffects] => {
    const { live = 0, adds = 0 } = counted.find((one) => one.kind === kind) ?? {};
    const { count = 0, from = [] } = besides.find((one) => one.kind === kind) ?? {};
    const changed = ofChanges.filter((one) => one.kind === kind);
    const own = of[kind] ?? noEffects;
    return [
      kind,
      {
        ...own,
        created: own.created + Math.max(0, adds - (waiting[kind] ?? 0)),
        count: changed.reduce((sum, { endedByChanges }) => sum + endedByChanges, count),
        live,
        from: [...new Set([...from, ...changed.flatMap((one) => one.from)])],
      },
    ];
  });
  return { byKind: Object.fromEntries(all), ofChanges };
}

/** What a guard holds must not end all the same, by what is not held and takes it along. */
export function readHeldBelow(
  client: pg.ClientBase,
  run: LeasedRun,
  counted: readonly Counted[],
  isRemoval: string,
): Promise<readonly Beside[]> {
  return readBesides(client, run, counted, isRemoval, 'held');
}

/** How much stands below what the plan removes, and what it comes from. */
interface Beside {
  readonly kind: WireKind;
  readonly count: number;
  readonly from: readonly WireKind[];
}

/** @param which what the plan does not remove itself; or, below what is not held, what it would remove but for a guard that holds it */
async function readBesides(
  client: pg.ClientBase,
  run: LeasedRun,
  counted: readonly Counted[],
  isRemoval: string,
  which: 'not removed' | 'held' = 'not removed',
): Promise<readonly Beside[]> {
  const from = counted.filter(({ kind, remove }) => remove > 0 && kind !== 'membership').map(({ kind }) => kind);
  if (from.length === 0) return [];
  const sql =
    which === 'held'
      ? besidesSql(isRemoval, 'and i.hold is null', 'and i.hold is not null', 'is not null')
      : besidesSql(isRemoval);
  const { rows } = await client.query<{ kind: WireKind; count: number }>(sql, [
    run.organizationId,
    run.sourceSystemId,
    run.id,
  ]);
  return rows.filter(({ count }) => count > 0).map((row) => ({ ...row, from }));
}

/** What names several parents stands below each of them. */
const besidesSql = (
  isRemoval: string,
  removed = '',
  own = '',
  isOwn: 'is null' | 'is not null' = 'is null',
): string => `
  with recursive removed as materialized (
    select distinct i.kind, i.sourced_id from run_item i
     where i.organization_id = $1 and i.run_id = $3 and i.kind <> 'membership' and ${isRemoval} and ${takesAlong} ${removed}
  ),
  own as materialized (
    select distinct i.kind, i.sourced_id from run_item i
     where i.organization_id = $1 and i.run_id = $3 and ${isRemoval} and (i.kind = 'membership' or ${takesAlong}) ${own}
  ),
  -- Who names an id of several kinds without a kind means none of them: it stands below none, and comes back when all but one are gone.
  several as materialized (
    select sourced_id from declared_org_unit
     where organization_id = $1 and source_system_id = $2 and not deleted group by sourced_id having count(*) > 1
  ),
  below as (
    select kind, sourced_id from removed where kind <> 'person'
    union
    select p.kind, p.sourced_id
      from below b
      join declared_parent p on p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = b.sourced_id
       and (p.parent_kind = b.kind or (p.parent_kind is null and p.parent_sourced_id not in (select sourced_id from several)))
  ),
  units as (
    select d.kind, count(*) filter (where b.kind is not null and o.kind ${isOwn}) as count
      from declared_org_unit d
      left join below b on b.kind = d.kind and b.sourced_id = d.sourced_id
      left join own o on o.kind = d.kind and o.sourced_id = d.sourced_id
     where d.organization_id = $1 and d.source_system_id = $2 and not d.deleted and not d.released and not d.implied
     group by d.kind
  ),
  memberships as (
    select count(*) filter (where (u.sourced_id is not null or p.sourced_id is not null) and o.sourced_id ${isOwn}) as count
      from declared_enrollment e
      left join (select distinct case when sourced_id in (select sourced_id from several) then kind else '' end as kind, sourced_id from below) u
        on u.sourced_id = e.org_unit_sourced_id and u.kind in ('', e.org_unit_kind)
      left join removed p on p.kind = 'person' and p.sourced_id = e.user_sourced_id
      left join own o on o.kind = 'membership' and o.sourced_id = e.sourced_id
     where e.organization_id = $1 and e.source_system_id = $2 and not e.deleted
  )
  select kind, count::integer from units
  union all
  select 'membership', count::integer from memberships`;
