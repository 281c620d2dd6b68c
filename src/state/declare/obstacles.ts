import type { RecordCommand } from '../../domain/command.ts';
import type { ParentReference } from '../../domain/entities.ts';
import type { Lane, LaneSource } from '../lane.ts';
import type { Declaration, Declared } from './declare.ts';

/** Why a declaration is refused: what handlers wished to be looked at, as it is. */
export type Obstacle = Extract<Declared, 'has_children' | 'in_association' | 'parent_missing'>;

interface Facts {
  readonly children: boolean;
  readonly associated: boolean;
  readonly parent_there: boolean | null;
}

/** Looks at what the handlers of a batch wish to be looked at; without such wishes nothing is read. */
export async function readObstacles(
  lane: Lane,
  source: LaneSource,
  batch: readonly Declaration[],
): Promise<(command: RecordCommand, moves: boolean) => Obstacle | undefined> {
  const asking = batch.filter(({ command: { wishes } }) => wishes?.refuseWhile ?? wishes?.needsParent);
  if (asking.length === 0) return () => undefined;
  const facts = await readFacts(lane, source, asking);
  const arriving = new Set(
    batch.filter(({ command }) => command.verb !== 'delete').map(({ command }) => keyOf(command)),
  );
  return (command, moves) => {
    const known = facts.get(keyOf(command));
    const { refuseWhile = [], needsParent } = command.wishes ?? {};
    if (known === undefined) return undefined;
    if (known.children && (refuseWhile.includes('children') || (moves && refuseWhile.includes('moved'))))
      return 'has_children';
    if (known.associated && refuseWhile.includes('association')) return 'in_association';
    const parent = needsParent && neededParent(command);
    const isMissing = parent !== undefined && known.parent_there !== true && !arriving.has(keyOf(parent));
    return isMissing ? 'parent_missing' : undefined;
  };
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
): Promise<ReadonlyMap<string, Facts>> {
  const parents = asking.map(({ command }) => neededParent(command));
  const { rows } = await lane.client.query<Facts & { kind: string; sourced_id: string }>({
    name: 'declared_obstacles',
    text: factsSql,
    values: [
      lane.organizationId,
      source.id,
      asking.map(({ command }) => command.kind),
      asking.map(({ command }) => command.sourcedId),
      parents.map((parent) => parent?.kind ?? null),
      parents.map((parent) => parent?.sourcedId ?? null),
    ],
  });
  return new Map(rows.map((row) => [keyOf({ kind: row.kind, sourcedId: row.sourced_id }), row]));
}

/** Placeholders are nobody's children: they go with what implies them. */
const factsSql = `
  select k.kind, k.sourced_id,
         exists (select from declared_parent p
                   join declared_org_unit c on c.organization_id = $1 and c.source_system_id = $2 and c.sourced_id = p.sourced_id and c.kind = p.kind
                  where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = k.sourced_id
                    and (p.parent_kind is null or p.parent_kind = k.kind) and not c.deleted and not c.released and not c.implied) as children,
         k.kind = 'section' and exists (
           select from declared_association a
             join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = a.sourced_id and d.kind = 'association'
            where a.organization_id = $1 and a.source_system_id = $2 and a.section_sourced_id = k.sourced_id and not d.deleted and not d.released) as associated,
         k.parent_id is not null and exists (
           select from declared_org_unit o where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = k.parent_id
              and (k.parent_kind is null or o.kind = k.parent_kind) and not o.deleted and not o.released) as parent_there
    from unnest($3::text[], $4::text[], $5::text[], $6::text[]) as k(kind, sourced_id, parent_kind, parent_id)`;
