import { statesFields } from '../domain/command.ts';
import type { WriteCommand } from '../domain/command.ts';
import type { Problem } from '../domain/problem.ts';
import type { Handler } from '../pipeline/ports.ts';

/**
 * Refuses an org unit that names itself as its parent, and a person who is named as an own relation: no other message could
 * ever mend that, as it could a longer cycle.
 */
export const refuseSelfReference: Handler = {
  name: 'refuse-self-reference',
  handle(batch) {
    for (const item of batch) {
      const problem = ownParent(item.command) ?? ownRelation(item.command);
      if (problem !== undefined) item.refusal ??= problem;
    }
  },
};

function ownParent(command: WriteCommand): Problem | undefined {
  if (command.entity !== 'org_unit' || !statesFields(command)) return undefined;
  const { kind, sourcedId, at } = command;
  const own = command.fields.parents?.find((parent) => parent.kind === kind && parent.sourcedId === sourcedId);
  if (own === undefined) return undefined;
  const message = `The ${kind} "${sourcedId}" names itself as its ${own.role}. Correct its parents in the SIS.`;
  return { code: 'invalid_data', message, field: 'parents', ...(at === undefined ? {} : { at }) };
}

function ownRelation(command: WriteCommand): Problem | undefined {
  if (command.entity !== 'user' || !statesFields(command)) return undefined;
  const { sourcedId, at } = command;
  const own = command.fields.relations?.find((relation) => relation.sourcedId === sourcedId);
  if (own === undefined) return undefined;
  const message = `The person "${sourcedId}" is named as their own ${own.kind}. Correct the relations in the SIS.`;
  return { code: 'invalid_data', message, field: 'relations', ...(at === undefined ? {} : { at }) };
}
