import { relationKinds } from '../../domain/entities.ts';
import type { RelationKind } from '../../domain/entities.ts';
import type { Lane, LaneSource } from '../lane.ts';
import type { Declaration, TouchedRows } from './declare.ts';
import { restateRelations } from './restate-relations.ts';
import type { RelationChange } from './restate-relations.ts';

/**
 * Option `dependants: forget` (docs/projection.md 8), or a handler that wishes it: relations that name a deleted person go with
 * that person, and do not come back. Otherwise they are detached.
 */
export async function forgetRelations(
  lane: Lane,
  source: LaneSource,
  deleted: readonly Declaration[],
  touched: TouchedRows,
): Promise<void> {
  const changes = deleted.flatMap((declaration) => changesOf(declaration, source));
  if (changes.length === 0) return;
  const agents = [...new Set(changes.map(({ from }) => from))];
  touched.relations.push(...(await restateRelations(lane, source.id, agents, changes)));
}

function changesOf({ command }: Declaration, source: LaneSource): RelationChange[] {
  if (command.entity !== 'user') return [];
  return kindsToForget(command, source).map((kind) => ({ kind, from: command.sourcedId, to: null }));
}

function kindsToForget({ wishes }: Declaration['command'], { options }: LaneSource): readonly RelationKind[] {
  return options.dependants === 'forget' ? relationKinds : (wishes?.forgetRelations ?? []);
}
