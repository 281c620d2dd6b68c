import { statesFields } from '../../domain/command.ts';
import type { Command, ReplaceCommand, UpdateCommand } from '../../domain/command.ts';
import type { Relation } from '../../domain/entities.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Lane } from '../lane.ts';
import { readFields } from '../read-declared.ts';

type StatesRelations = (ReplaceCommand<'user'> | UpdateCommand<'user'>) & { fields: { relations: Relation[] } };

/**
 * IPSIS's rule, where a handler wishes it: a relation is made only if the other person is there, or comes in the same batch.
 * What is left out is told as a warning, and must be sent again. Without such wishes nothing is read.
 */
export async function withAgentsThere<S extends { readonly command: Command }>(
  lane: Lane,
  sourceSystemId: number,
  steps: readonly S[],
): Promise<readonly S[]> {
  const named = steps.flatMap(({ command }) => (needsAgents(command) ? neededAgents(command) : []));
  if (named.length === 0) return steps;
  const keys = [...new Set(named)].map((sourcedId) => ({ kind: 'person' as const, sourcedId }));
  const there = new Set([...(await readFields(lane, sourceSystemId, keys)).keys(), ...arriving(steps)]);
  return steps.map((step) => {
    const { command } = step;
    if (!needsAgents(command)) return step;
    const missing = new Set(neededAgents(command).filter((id) => !there.has(`person ${id}`)));
    return missing.size === 0 ? step : { ...step, command: without(command, missing) };
  });
}

function needsAgents(command: Command): command is StatesRelations {
  return (
    command.entity === 'user' &&
    command.wishes?.needsAgent !== undefined &&
    statesFields(command) &&
    Array.isArray(command.fields.relations)
  );
}

function isNeeded({ wishes }: StatesRelations, { kind }: Relation): boolean {
  return wishes?.needsAgent?.includes(kind) === true;
}

function neededAgents(command: StatesRelations): string[] {
  return command.fields.relations.flatMap((one) => (isNeeded(command, one) ? [one.sourcedId] : []));
}

function arriving(steps: readonly { readonly command: Command }[]): string[] {
  return steps.flatMap(({ command }) =>
    command.entity === 'user' && statesFields(command) ? [`person ${command.sourcedId}`] : [],
  );
}

function without(command: StatesRelations, missing: ReadonlySet<string>): Command {
  const isMissing = (one: Relation): boolean => isNeeded(command, one) && missing.has(one.sourcedId);
  const { relations } = command.fields;
  const notes = [...(command.notes ?? []), ...relations.filter(isMissing).map((one) => leftOut(command, one))];
  return { ...command, notes, fields: { ...command.fields, relations: relations.filter((one) => !isMissing(one)) } };
}

function leftOut({ sourcedId, at }: Command, { kind, sourcedId: agent }: Relation): Problem {
  const message = `No person is known under the sourcedId "${agent}", who was to be the ${kind} of "${sourcedId}": the relation was left out. Send that person, then this one again.`;
  return { code: 'unknown_object', message, ...(at === undefined ? {} : { at }) };
}
