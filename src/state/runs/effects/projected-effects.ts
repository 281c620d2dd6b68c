import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { EffectSort, KindEffects } from '../../../domain/run.ts';
import type { SourceSystemOptions } from '../../../domain/source-system.ts';
import { membershipsSql } from './of-memberships.ts';
import { orgUnitsSql } from './of-org-units.ts';
import { personsSql } from './of-persons.ts';

/** The run, and what of its source system counts. */
export interface Projecting {
  readonly organizationId: number;
  readonly sourceSystemId: number;
  readonly id: string;
  /** A key may have more than one item. */
  readonly hasRepeats: boolean;
  readonly options: Pick<SourceSystemOptions, 'userDelete' | 'sectionBringsOffering'>;
}

/** What becomes of LMS objects of a kind, and what of it ends although its own record is only changed, or not named at all. */
export interface Projected {
  readonly number: string | null;
  readonly kind: WireKind;
  readonly sort: EffectSort;
  readonly count: number;
  readonly samples: KindEffects['samples'];
  /** What changes of a plan, to inactive among them, end besides, and by which items, of which kinds. */
  readonly endedByChanges: number;
  readonly items: readonly string[];
  readonly from: readonly WireKind[];
}

const planSamples = 10;
const itemSamples = 5;

/**
 * What the changes and removals of a plan would do in the LMS, as things stand now: by keys, so that it costs what they cost and not what is
 * declared. Of what is added it is looked at what falls by it.
 *
 * @param numbers the items that are looked at, each by itself; absent: all, as a whole
 */
export async function projectedEffects(
  client: pg.ClientBase,
  { organizationId, sourceSystemId, id, hasRepeats, options: { userDelete, sectionBringsOffering } }: Projecting,
  numbers?: readonly number[],
): Promise<readonly Projected[]> {
  await client.query('savepoint effects');
  // What stands beside each other is hashed; what is looked up by a key is, whatever the statistics say of its table.
  await client.query(
    'set local jit = off; set local enable_nestloop = off; set local enable_mergejoin = off; set local enable_seqscan = off',
  );
  const { rows } = await client.query<Projected>(effectsSql(hasRepeats), [
    organizationId,
    sourceSystemId,
    id,
    numbers ?? null,
    userDelete,
    sectionBringsOffering !== null,
    numbers === undefined ? planSamples : itemSamples,
  ]);
  await client.query('rollback to savepoint effects');
  return rows;
}

/** By kind, with 0 for what there is none of. */
export function byKind(projected: readonly Projected[]): Partial<Record<WireKind, KindEffects>> {
  const found: Partial<Record<WireKind, KindEffects>> = {};
  for (const { kind, sort, count, samples } of projected) {
    const before = found[kind] ?? noEffects;
    found[kind] = { ...before, [sort]: count, samples: [...before.samples, ...samples] };
  }
  return found;
}

export const noEffects: KindEffects = { created: 0, ended: 0, inactivated: 0, changed: 0, samples: [] };

const effectsSql = (hasRepeats: boolean): string => `
  with recursive ${personsSql(hasRepeats)},
  ${orgUnitsSql},
  ${membershipsSql(hasRepeats)},
  -- What is inactive takes nothing along by that, but by its role or type as well.
  causes as materialized (
    select number, kind, operation = 'change' or (verb <> 'delete' and fields->>'active' = 'false') as changes from said
    union all
    select number, 'membership', stays from stated
    union all
    select i.number, i.kind, i.operation <> 'remove'
      from (select distinct number from falls) f
      join run_item i on i.organization_id = $1 and i.run_id = $3 and i.number = f.number
      left join said s on s.number = i.number
     where s.number is null
  ),
  effects as materialized (
    select e.*, c.kind as by_kind, c.changes as by_change, case when $4::bigint[] is null then null else e.number end as of_item
      from (select * from effects_of_people union all select kind, sourced_id, number, is_besides, sort from effects_of_units
            union all select * from effects_of_memberships) e
      join causes c using (number)
     where e.sort is not null
  ),
  shown as (
    select kind, sort, of_item, jsonb_agg(jsonb_build_object('sort', sort, 'sourcedId', sourced_id, 'item', number) order by number, sourced_id) as samples
      from (select *, row_number() over (partition by of_item, kind, sort order by number, sourced_id) as place from effects) e
     where place <= $7 group by kind, sort, of_item
  ),
  grouped as (
    select e.of_item as number, e.kind, e.sort, count(*)::integer as count, (array_agg(s.samples))[1] as samples,
           (count(*) filter (where e.is_besides and e.by_change))::integer as ended_by_changes,
           coalesce(array_agg(distinct e.number) filter (where e.is_besides and e.by_change and $4::bigint[] is null), '{}') as items,
           coalesce(array_agg(distinct e.by_kind) filter (where e.is_besides and e.by_change), '{}') as by_kinds
      from effects e join shown s on s.kind = e.kind and s.sort = e.sort and s.of_item is not distinct from e.of_item
     group by e.of_item, e.kind, e.sort
  )
  select g.number, g.kind, g.sort, g.count, g.samples, g.ended_by_changes as "endedByChanges", g.items || beside.items as items,
         array(select unnest(g.by_kinds) union select unnest(beside.kinds)) as "from"
    from grouped g
    -- What several items do together is kept back with all of them.
    cross join lateral (
      select coalesce(array_agg(c.number), '{}') as items, coalesce(array_agg(distinct c.kind), '{}') as kinds
        from causes c
       where c.number in (select o.number from falls o
                           where (o.kind, o.sourced_id) in (select f.kind, f.sourced_id from falls f where f.number = any(g.items)))) beside
   order by 1, 2, 3`;
