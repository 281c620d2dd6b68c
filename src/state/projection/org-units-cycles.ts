import { type Lane, sourceColumns } from '../lane.ts';
import type { OrgUnitKey } from '../touched.ts';
import { aboveSql, upwardsSql } from './upwards-sql.ts';

/** Fewer rows than this are looked at with all that is above each of them, in the statement that judges them. */
const few = 10;

/**
 * The rows of a front that may be above themselves, for a front so large that looking upwards from each of them may be too much: of thousands of
 * departments each below the next, millions of steps. What is above something is mostly a few rows; where it is many, the references between them are
 * looked at as a whole. undefined for a front of which the judgement may find out by itself.
 */
export async function mayBeCyclic(
  lane: Lane,
  front: readonly OrgUnitKey[],
): Promise<readonly OrgUnitKey[] | undefined> {
  if (front.length <= few) return undefined;
  const { rows } = await lane.client.query<Reference>({
    name: 'project_org_unit_above',
    text: referencesSql,
    values: [
      lane.organizationId,
      front.map((key) => key.sourceSystemId),
      front.map((key) => key.kind),
      front.map((key) => key.sourcedId),
      lane.sourcesJson,
      few,
    ],
  });
  const [first] = rows;
  if (first === undefined || first.parent === null) return rows.map(({ child }) => child);
  const left = onCycles(rows.map(({ child, parent }) => [keyOf(child), keyOf(parent ?? child)] as const));
  return front.filter((key) => left.has(keyOf(key)));
}

interface Reference {
  readonly child: OrgUnitKey;
  /** null: these are all that is above something, and few. */
  readonly parent: OrgUnitKey | null;
}

function keyOf({ sourceSystemId, kind, sourcedId }: OrgUnitKey): string {
  return `${String(sourceSystemId)} ${kind} ${sourcedId}`;
}

/** What is left when all that is below nothing, and all that is above nothing, is taken away again and again: cycles, and what lies between two of them. */
export function onCycles(references: readonly (readonly [child: string, parent: string])[]): ReadonlySet<string> {
  const withParents = trimmed(references);
  const between = references.filter(([child, parent]) => withParents.has(child) && withParents.has(parent));
  return trimmed(between.map(([child, parent]) => [parent, child] as const));
}

/** Those that still refer to something when all that refers to nothing is taken away, and then what refers to no more than that. */
function trimmed(references: readonly (readonly [from: string, to: string])[]): ReadonlySet<string> {
  const referring = Map.groupBy(references, ([, to]) => to);
  const open = new Map<string, number>();
  for (const [from] of references) open.set(from, (open.get(from) ?? 0) + 1);
  const ends = [...referring.keys()].filter((key) => !open.has(key));
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    for (const [from] of referring.get(end) ?? []) {
      const left = (open.get(from) ?? 0) - 1;
      open.set(from, left);
      if (left > 0) continue;
      open.delete(from);
      ends.push(from);
    }
  }
  return new Set(open.keys());
}

const keySql = (sourceSystem: string, kind: string, sourcedId: string): string =>
  `jsonb_build_object('sourceSystemId', ${sourceSystem}, 'kind', ${kind}, 'sourcedId', ${sourcedId})`;

/** $1 organization, $2 source systems, $3 kinds, $4 sourced ids, $5 sources, $6 how many are few */
const referencesSql = `
  with recursive src as (select * from jsonb_to_recordset($5::jsonb) as src(${sourceColumns})),
  front as (
    select d.source_system_id, d.kind, d.sourced_id, d.deleted
      from unnest($2::integer[], $3::text[], $4::text[]) as f(source_system_id, kind, sourced_id)
      cross join lateral (
        select * from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = f.source_system_id and d.sourced_id = f.sourced_id and d.kind = f.kind limit 1) d
  ),
  ${aboveSql},
  moved as materialized (select source_system_id, kind, sourced_id from above where moved),
  many as materialized (select count(*) > $6 as are_many from moved)
  select ${keySql('m.source_system_id', 'm.kind', 'm.sourced_id')} as child, null as parent
    from moved m where not (select are_many from many)
  union all
  -- What nothing is above of closes no cycle: the references from what is above something are all.
  select ${keySql('a.source_system_id', 'a.kind', 'a.sourced_id')}, ${keySql('a.source_system_id', 'up.kind', 'p.parent_sourced_id')}
    from (select * from moved where (select are_many from many)) a ${upwardsSql}`;
