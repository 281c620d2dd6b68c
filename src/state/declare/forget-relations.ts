import { relationKinds } from '../../domain/entities.ts';
import type { RelationKind } from '../../domain/entities.ts';
import type { Lane, LaneSource } from '../lane.ts';
import type { Declaration, TouchedRows } from './declare.ts';
import { restateRelations } from './restate-relations.ts';

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
  const gone = new Map<string, readonly RelationKind[]>();
  for (const { command } of deleted) {
    const kinds = kindsToForget(command, source);
    if (command.entity === 'user' && kinds.length > 0) gone.set(command.sourcedId, kinds);
  }
  if (gone.size === 0) return;
  const stating = await restateRelations(lane, source.id, [...gone.keys()], (relations) =>
    relations.filter(({ kind, sourcedId }) => gone.get(sourcedId)?.includes(kind) !== true),
  );
  touched.relations.push(...stating);
}

function kindsToForget({ wishes }: Declaration['command'], { options }: LaneSource): readonly RelationKind[] {
  return options.dependants === 'forget' ? relationKinds : (wishes?.forgetRelations ?? []);
}
