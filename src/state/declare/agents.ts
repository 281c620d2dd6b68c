import { statesFields } from '../../domain/command.ts';
import type { RecordCommand, ReplaceCommand, UpdateCommand } from '../../domain/command.ts';
import type { Relation } from '../../domain/entities.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Lane } from '../lane.ts';
import type { Declared } from './declare.ts';

type UserCommand = Extract<RecordCommand, { entity: 'user' }>;
type StatesRelations = (ReplaceCommand<'user'> | UpdateCommand<'user'>) & { fields: { relations: Relation[] } };

/** Who is there to be named in a relation, while the persons of a batch are declared one after the other. */
export interface Agents {
  /** The command without its relations to persons who must be there and are not, and a warning for each. */
  among(command: UserCommand): { command: UserCommand; warnings: readonly Problem[] };
  /** What became of a person of the batch. */
  became(sourcedId: string, status: Declared): void;
}

/**
 * IPSIS's rule, where a handler wishes it: a relation is made only if the other person is there, or came before it in the same
 * batch. What is left out is told as a warning, and must be sent again. Without such wishes nothing is read.
 */
export async function readAgents(
  lane: Lane,
  sourceSystemId: number,
  commands: readonly UserCommand[],
): Promise<Agents> {
  const named = commands.flatMap((command) => (needsAgents(command) ? neededAgents(command) : []));
  if (named.length === 0) return { among: (command) => ({ command, warnings: [] }), became: () => undefined };
  const there = await personsThere(lane, sourceSystemId, [...new Set(named)]);
  return {
    among(command) {
      if (!needsAgents(command)) return { command, warnings: [] };
      const missing = new Set(neededAgents(command).filter((id) => !there.has(id)));
      return missing.size === 0 ? { command, warnings: [] } : without(command, missing);
    },
    became(sourcedId, status) {
      if (status === 'deleted') there.delete(sourcedId);
      else if (taken.has(status)) there.add(sourcedId);
    },
  };
}

async function personsThere(lane: Lane, sourceSystemId: number, sourcedIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await lane.client.query<{ sourced_id: string }>({
    name: 'declared_user_there',
    text: `select d.sourced_id
             from unnest($3::text[]) as k(sourced_id)
             join declared_user d on d.organization_id = $1 and d.sourced_id = k.sourced_id and d.source_system_id = $2
              and not d.deleted and not d.released`,
    values: [lane.organizationId, sourceSystemId, sourcedIds],
  });
  return new Set(rows.map((row) => row.sourced_id));
}

/** The person is there afterwards. */
const taken: ReadonlySet<Declared> = new Set(['created', 'updated', 'unchanged']);

function needsAgents(command: UserCommand): command is StatesRelations {
  return command.wishes?.needsAgent !== undefined && statesFields(command) && Array.isArray(command.fields.relations);
}

function isNeeded({ wishes }: StatesRelations, { kind }: Relation): boolean {
  return wishes?.needsAgent?.includes(kind) === true;
}

function neededAgents(command: StatesRelations): string[] {
  return command.fields.relations.flatMap((one) => (isNeeded(command, one) ? [one.sourcedId] : []));
}

function without(
  command: StatesRelations,
  missing: ReadonlySet<string>,
): { command: UserCommand; warnings: readonly Problem[] } {
  const isMissing = (one: Relation): boolean => isNeeded(command, one) && missing.has(one.sourcedId);
  const { relations } = command.fields;
  const fields = { ...command.fields, relations: relations.filter((one) => !isMissing(one)) };
  return {
    command: { ...command, fields },
    warnings: relations.filter(isMissing).map((one) => leftOut(command, one)),
  };
}

function leftOut({ sourcedId, at }: UserCommand, { kind, sourcedId: agent }: Relation): Problem {
  const message = `No person is known under the sourcedId "${agent}", who was to be the ${kind} of "${sourcedId}": the relation was left out. Send that person, then this one again.`;
  return { code: 'unknown_object', message, ...(at === undefined ? {} : { at }) };
}
