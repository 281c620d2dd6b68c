import type { Relation, RelationKind, UserFields } from '../../../domain/entities.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import {
  child,
  children,
  foldedWord,
  overlooked,
  sourcedIdOf,
  type Step,
  tokensOf,
} from '../../../formats/ims/index.ts';
import type { ImsRecord } from '../../../formats/ims/index.ts';

/** The words of `agentType`; LIS leaves them to the sender. */
const kinds: Readonly<Record<string, RelationKind>> = {
  auditor: 'auditor',
  parent: 'parent',
  mother: 'parent',
  father: 'parent',
  guardian: 'guardian',
  legalguardian: 'guardian',
  relative: 'relative',
};

/**
 * The agents of a person: who audits the person, or is the parent or guardian. All of them, wherever they stand; IPSIS reads
 * them only before `roles`.
 */
export const agents: Step<UserFields> = {
  name: 'agents',
  read(record, fields) {
    const stated = children(record.object, 'agent').flatMap(
      (agent, index) => relationOf(record, agent, index + 1) ?? [],
    );
    const once = new Map(stated.map((relation) => [`${relation.kind} ${relation.sourcedId}`, relation]));
    if (once.size > 0) fields.relations = [...once.values()];
  },
};

function relationOf(record: ImsRecord, agent: ElementView, place: number): Relation | undefined {
  const at = `${record.at}/agent[${String(place)}]`;
  const words = tokensOf(child(agent, 'agentType'));
  const kind = words.map((word) => kinds[foldedWord(word)]).find((each) => each !== undefined);
  const sourcedId = sourcedIdOf(child(agent, 'agentId'), `${at}/agentId`, record.quirks);
  if (kind !== undefined && sourcedId !== undefined && sourcedId !== record.sourcedId) return { kind, sourcedId };
  if (kind === undefined) {
    const known = 'An agent is an auditor, a parent, a guardian or a relative';
    overlooked(record, known, words[0] ?? '', `${at}/agentType`);
  } else {
    overlooked(record, 'An agent is another person, by the sourcedId', sourcedId ?? '', `${at}/agentId`);
  }
  return undefined;
}
