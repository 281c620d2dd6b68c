import { z } from 'zod';
import { statesFields, type WriteCommand } from '../../domain/command.ts';
import type { Relation, RelationKind } from '../../domain/entities.ts';
import type { Problem } from '../../domain/problem.ts';
import { defineHandler, type HandlerFunctions, type HandlerPlugin, wish } from '../../pipeline/plugins/index.ts';
import { stating, wishing } from '../wishes.ts';

const options = z.strictObject({
  missing: z.enum(['wait', 'drop']).default('wait').meta({
    description:
      'What becomes of a relation to a person who has not arrived: it waits and is made when that person comes, or it is left out with a warning, as IPSIS does.',
  }),
});

const auditors: readonly RelationKind[] = ['auditor'];
const family: readonly RelationKind[] = ['parent', 'guardian', 'relative'];

/** Who takes the relations that a person message states; what nobody takes stays as it was. */
export const relations: readonly HandlerPlugin[] = [
  taking('update-auditors', 'ReplaceUserUpdateAuditorsHandler', auditors, 'The auditors'),
  taking('update-parents', 'ParentPortalCreateRelationshipHandler', family, 'The parents, guardians and relatives'),
  forgetting('forget-auditors', 'DeleteUserRemoveRelationshipsHandler', auditors, 'audited'),
  forgetting(
    'forget-parents',
    'ParentPortalDeleteRelationshipHandler',
    family,
    'was the parent, guardian or relative of',
  ),
];

function taking(name: string, alias: string, kinds: readonly RelationKind[], who: string): HandlerPlugin {
  return defineHandler({
    name,
    summary: `${who} of a person become those that the record states: all of them, every time. Without it they stay as they are, and a record that states some is answered with a warning.`,
    points: ['handle.user.replace'],
    // IPSIS: after the Create handlers.
    stage: 'save',
    alias: () => alias,
    options,
    make: ({ missing }) => (missing === 'drop' ? wishing({ needsAgent: kinds }, stating) : {}),
    leftOut: () => leaving(name, kinds),
  });
}

function leaving(name: string, kinds: readonly RelationKind[]): HandlerFunctions {
  return {
    handle(batch) {
      for (const item of batch) {
        if (!statesFields(item.command)) continue;
        item.command = wish(item.command, { leaveRelations: kinds });
        const untaken = relationsOf(item.command).find(({ kind }) => kinds.includes(kind));
        if (untaken !== undefined) item.warnings.push(notTaken(name, untaken.kind, item.command));
      }
    },
  };
}

function relationsOf(command: WriteCommand): readonly Relation[] {
  return command.entity === 'user' && statesFields(command) ? (command.fields.relations ?? []) : [];
}

function notTaken(name: string, kind: RelationKind, { at }: WriteCommand): Problem {
  const message = `Relations of the kind "${kind}" were passed over: ${name} is not in the list of handle.user.replace. The rest of the person was taken.`;
  return { code: 'relation_not_taken', message, field: 'relations', ...(at === undefined ? {} : { at }) };
}

function forgetting(name: string, alias: string, kinds: readonly RelationKind[], was: string): HandlerPlugin {
  return defineHandler({
    name,
    summary: `Whom the deleted person ${was} loses that relation for good; without it, it comes back with the person.`,
    points: ['handle.user.delete'],
    stage: 'rule',
    alias: () => alias,
    make: () => wishing({ forgetRelations: kinds }, ['delete']),
  });
}
