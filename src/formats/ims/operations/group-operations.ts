import type { Command } from '../../../domain/command.ts';
import type { OrgUnitFields } from '../../../domain/entities.ts';
import { only } from '../only.ts';
import { malformed, missing } from '../record.ts';
import { onlyId, requiredSourcedId } from '../sourced-id.ts';
import { child, textOf, valueOf } from '../values.ts';
import { commandAbout, idIn, targets, type ImsRequest, type Meaning } from './request.ts';

/** What the group manager can do beside the usual operations, by name. */
export const groupOperations: readonly [string, Meaning][] = [
  [
    'addGroupRelationship',
    (request) => {
      const named = idIn(request, 'The sourcedId', 'sourcedId');
      const { relation, other } = relationshipIn(request);
      if (other.sourcedId === named.sourcedId)
        throw malformed('A group is not related to itself', other.sourcedId, other.at);
      const [below, above] = relation === 'parent' ? [named, other] : [other, named];
      return [changeParents(below, { parent: above.sourcedId, lists: 'add' })];
    },
  ],
  [
    // A relationship is known by the other group: its sourcedId is the relationId that a read answers.
    'removeGroupRelationship',
    (request) => {
      const named = idIn(request, 'The sourcedId', 'sourcedId');
      const parent = idIn(request, 'The relationId', 'relationId').sourcedId;
      return [changeParents(named, { parent, lists: 'remove' })];
    },
  ],
];

interface Named {
  readonly sourcedId: string;
  readonly at: string;
}

function changeParents(below: Named, change: { parent: string; lists: 'add' | 'remove' }): Command {
  const fields: Partial<OrgUnitFields> = { parents: [{ role: 'parent', kind: null, sourcedId: change.parent }] };
  return commandAbout(targets.Group, { verb: 'update', mustExist: true, lists: change.lists, ...below, fields });
}

function relationshipIn({ body, quirks }: ImsRequest): { relation: 'parent' | 'child'; other: Named } {
  const at = `/${body.name}/relationship`;
  const relationship = only(body, 'relationship', at);
  if (relationship === undefined) throw missing('The relationship', at);
  const place = `${at}/sourcedId`;
  const other = requiredSourcedId(onlyId(relationship, place, 'sourcedId'), 'The other group', place, quirks);
  const word = valueOf(child(relationship, 'relation')) ?? textOf(child(relationship, 'relation'));
  const relation = word?.toLowerCase();
  if (relation === undefined || word === undefined) throw missing('The relation', `${at}/relation`);
  // Siblings are what has the same parent: there is nothing more to keep.
  if (relation !== 'parent' && relation !== 'child')
    throw malformed('A relation that can be kept is Parent or Child', word, `${at}/relation`);
  return { relation, other: { sourcedId: other, at: place } };
}
