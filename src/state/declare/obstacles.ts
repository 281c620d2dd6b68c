import type { RecordCommand } from '../../domain/command.ts';
import type { ParentReference } from '../../domain/entities.ts';
import type { Lane, LaneSource } from '../lane.ts';
import type { Declaration, Declared } from './declare.ts';

/** Why a declaration is refused: what handlers wished to be looked at, as it is. */
export type Obstacle = Extract<Declared, 'has_children' | 'in_association' | 'parent_missing'>;

/** What stands in the way of the declarations of a batch, one after the other. */
export interface Obstacles {
  of(command: RecordCommand, moves: boolean): Obstacle | undefined;
  /** A declaration was taken: from now on its row is there or is not, and is a child of what it names, and of nothing else. */
  took(row: Child): void;
}

/** A declared org unit, as far as it is somebody's child. */
type Child = Key & { parents: readonly ParentReference[]; deleted: boolean; released: boolean };

interface Facts {
  /** Somebody is a child who is not of the batch. */
  readonly children: boolean;
  /** The children who are. */
  readonly children_of_batch: Key[];
  readonly associated: boolean;
  /** The parent that must be there is, and is not of the batch. */
  readonly parent_there: boolean;
  /** Those of the batch that it may mean and that are there. */
  readonly parents_of_batch: Key[];
}

interface Key {
  kind: string;
  sourced_id: string;
}

/** Looks at what the handlers of a batch wish to be looked at; without such wishes nothing is read. */
export async function readObstacles(lane: Lane, source: LaneSource, batch: readonly Declaration[]): Promise<Obstacles> {
  const asking = batch.filter(({ command: { wishes } }) => wishes?.refuseWhile ?? wishes?.needsParent);
  if (asking.length === 0) return { of: () => undefined, took: () => undefined };
  const facts = await readFacts(lane, source, asking, batch);
  const family = familyOf(facts);
  const there = thereOf(facts);
  return {
    took(row) {
      family.took(row);
      there.took(row);
    },
    of(command, moves) {
      const known = facts.get(keyOf(command));
      const { refuseWhile = [], needsParent } = command.wishes ?? {};
      if (known === undefined) return undefined;
      const hasChildren = known.children || family.hasChildren(keyOf(command));
      if (hasChildren && (refuseWhile.includes('children') || (moves && refuseWhile.includes('moved'))))
        return 'has_children';
      if (known.associated && refuseWhile.includes('association')) return 'in_association';
      const parent = needsParent && neededParent(command);
      const isMissing = parent !== undefined && !known.parent_there && !there.has(parent);
      return isMissing ? 'parent_missing' : undefined;
    },
  };
}

/** Who of a batch is whose child, as far as somebody asks: they come and go with the declarations that are taken. */
function familyOf(facts: ReadonlyMap<string, Facts>): {
  hasChildren: (parent: string) => boolean;
  took: (row: Child) => void;
} {
  const counts = new Map<string, number>();
  const parentsOf = new Map<string, Set<string>>();
  // A reference without a kind may mean any of that id.
  const byId = Map.groupBy(facts.keys(), (key) => key.slice(key.indexOf(' ') + 1));
  const count = (parent: string, by: 1 | -1): void => void counts.set(parent, (counts.get(parent) ?? 0) + by);
  const join = (child: string, parent: string): void => {
    const parents = parentsOf.get(child) ?? new Set();
    if (parents.has(parent)) return;
    parentsOf.set(child, parents.add(parent));
    count(parent, 1);
  };
  for (const [parent, { children_of_batch: children }] of facts) {
    for (const child of children) join(rowKeyOf(child), parent);
  }
  return {
    hasChildren: (parent) => (counts.get(parent) ?? 0) > 0,
    took: ({ parents, deleted, released, ...row }) => {
      const child = rowKeyOf(row);
      for (const parent of parentsOf.get(child) ?? []) count(parent, -1);
      parentsOf.delete(child);
      if (deleted || released) return;
      for (const { kind, sourcedId } of parents) {
        const named = kind === null ? (byId.get(sourcedId) ?? []) : [keyOf({ kind, sourcedId })];
        for (const parent of named) if (facts.has(parent)) join(child, parent);
      }
    },
  };
}

/** Which org units of a batch are there: a parent counts once its own declaration was taken, and not after its delete. */
function thereOf(facts: ReadonlyMap<string, Facts>): {
  has: (parent: ParentReference) => boolean;
  took: (row: Child) => void;
} {
  const kindsOf = new Map<string, Set<string>>();
  const add = ({ kind, sourced_id: id }: Key): void => void kindsOf.set(id, (kindsOf.get(id) ?? new Set()).add(kind));
  for (const { parents_of_batch: parents } of facts.values()) parents.forEach(add);
  return {
    has({ kind, sourcedId }) {
      const kinds = kindsOf.get(sourcedId);
      // A reference without a kind may mean any of that id.
      return kinds !== undefined && (kind === null ? kinds.size > 0 : kinds.has(kind));
    },
    took(row) {
      if (row.deleted || row.released) kindsOf.get(row.sourced_id)?.delete(row.kind);
      else add(row);
    },
  };
}

function rowKeyOf({ kind, sourced_id: sourcedId }: Key): string {
  return keyOf({ kind, sourcedId });
}

function keyOf({ kind, sourcedId }: { kind: string | null; sourcedId: string }): string {
  return `${kind ?? ''} ${sourcedId}`;
}

/** The parent that must be there; undefined for a command that names none. */
function neededParent(command: RecordCommand): ParentReference | undefined {
  if (command.verb === 'delete' || command.entity !== 'org_unit') return undefined;
  return command.fields.parents?.find(({ role }) => role === command.wishes?.needsParent);
}

async function readFacts(
  lane: Lane,
  source: LaneSource,
  asking: readonly Declaration[],
  batch: readonly Declaration[],
): Promise<ReadonlyMap<string, Facts>> {
  const parents = asking.map(({ command }) => neededParent(command));
  const { rows } = await lane.client.query<Facts & Key>({
    name: 'declared_obstacles',
    text: factsSql,
    values: [
      lane.organizationId,
      source.id,
      asking.map(({ command }) => command.kind),
      asking.map(({ command }) => command.sourcedId),
      parents.map((parent) => parent?.kind ?? null),
      parents.map((parent) => parent?.sourcedId ?? null),
      batch.map(({ command }) => command.kind),
      batch.map(({ command }) => command.sourcedId),
    ],
  });
  return new Map(rows.map((row) => [rowKeyOf(row), row]));
}

/** Placeholders are nobody's children: they go with what implies them. */
const childrenSql = `
  from declared_parent p
  join declared_org_unit c on c.organization_id = $1 and c.source_system_id = $2 and c.sourced_id = p.sourced_id and c.kind = p.kind
 where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = k.sourced_id
   and (p.parent_kind is null or p.parent_kind = k.kind) and not c.deleted and not c.released and not c.implied`;

/** What a reference may mean that is there. */
const parentSql = `
  from declared_org_unit o
 where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = k.parent_id
   and (k.parent_kind is null or o.kind = k.parent_kind) and not o.deleted and not o.released`;

const factsSql = `
  select k.kind, k.sourced_id,
         exists (select ${childrenSql}
                    and (c.kind, c.sourced_id) not in (select * from unnest($7::text[], $8::text[]))) as children,
         (select coalesce(jsonb_agg(distinct jsonb_build_object('kind', c.kind, 'sourced_id', c.sourced_id)), '[]') ${childrenSql}
             and (c.kind, c.sourced_id) in (select * from unnest($7::text[], $8::text[]))) as children_of_batch,
         k.kind = 'section' and exists (
           select from declared_association a
             join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = a.sourced_id and d.kind = 'association'
            where a.organization_id = $1 and a.source_system_id = $2 and a.section_sourced_id = k.sourced_id and not d.deleted and not d.released) as associated,
         k.parent_id is not null and exists (select ${parentSql} and (o.kind, o.sourced_id) not in (select * from unnest($7::text[], $8::text[]))) as parent_there,
         (select coalesce(jsonb_agg(jsonb_build_object('kind', o.kind, 'sourced_id', o.sourced_id)), '[]') ${parentSql}
             and (o.kind, o.sourced_id) in (select * from unnest($7::text[], $8::text[]))) as parents_of_batch
    from unnest($3::text[], $4::text[], $5::text[], $6::text[]) as k(kind, sourced_id, parent_kind, parent_id)`;
