import type { Relation } from '../../domain/entities.ts';
import { restateRelations } from '../declare/restate-relations.ts';
import type { SourcedKey } from '../touched.ts';
import type { Renaming } from './rename.ts';

/**
 * Relations to a person who is renamed name the new id from now on (docs/projection.md 10); what would then be stated twice
 * keeps its first place. Answers who states relations to either id: they are to be placed again.
 */
export function followRelations({ lane, sourceSystemId, from, to, messageId }: Renaming): Promise<SourcedKey[]> {
  const follow = (relations: readonly Relation[]): Relation[] => {
    const next = relations.map((one) => (one.sourcedId === from ? { ...one, sourcedId: to } : one));
    return [...new Map(next.map((one) => [`${one.kind} ${one.sourcedId}`, one])).values()];
  };
  const untouched = (relations: readonly Relation[]): boolean => !relations.some(({ sourcedId }) => sourcedId === from);
  return restateRelations(
    lane,
    sourceSystemId,
    [from, to],
    (relations) => (untouched(relations) ? relations : follow(relations)),
    messageId,
  );
}
