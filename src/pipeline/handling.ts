import { isWrite } from '../domain/command.ts';
import type { Command, ListCommand } from '../domain/command.ts';
import type { Outcome } from '../domain/outcome.ts';
import { GatewayError } from '../domain/problem.ts';
import type { Problem } from '../domain/problem.ts';
import type { VariableValue } from '../domain/variables.ts';
import {
  type CompiledLists,
  groupsOfUnknownType,
  type GroupTypes,
  type Item,
  PluginFault,
  runHandlers,
} from './plugins/index.ts';
import type { BatchItem, Handler, SourceSystem, Translation } from './ports.ts';

export interface HandlingDependencies {
  /** Run on every write, after the lists of its extension point. */
  readonly handlers: readonly Handler[];
  /** The handlers that administrators order. */
  readonly lists: CompiledLists;
  /** The SIS types of declared groups, by sourcedId: what decides who handles a command that does not state them. */
  readonly groupTypes: (source: SourceSystem, sourcedIds: readonly string[]) => Promise<GroupTypes>;
}

/** Commands as the handlers leave them, and the outcomes of those that they refuse, by their place. */
export interface Handled {
  readonly commands: readonly Command[];
  readonly refusals: ReadonlyMap<number, Outcome>;
}

/** Runs the handlers over a translated batch: of a message, or of the records of a file. Throws GatewayError. */
export type Handle = (translation: Pick<Translation, 'dialect' | 'commands'>, source: SourceSystem) => Promise<Handled>;

/** The step of the pipeline between translation and the state: the same for every door. */
export function createHandling({ handlers, lists, groupTypes }: HandlingDependencies): Handle {
  return async ({ dialect, commands }, source) => {
    refuseAdapter(dialect, source);
    const untyped = groupsOfUnknownType(commands);
    const types = untyped.length === 0 ? noTypes : await groupTypes(source, untyped);
    return soundly(() => handle({ handlers, lists, types }, commands, source));
  };
}

/**
 * Translators and handlers refuse by GatewayError. Anything else that they throw is a defect, of the gateway or of a plug-in:
 * the message is refused for it, and kept like any other.
 */
export function soundly<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError(
      'internal_error',
      'The gateway made a mistake, and wrote nothing. Give the message id to its operator.',
      { cause: error, ...(error instanceof PluginFault ? { detail: error.culprit } : {}) },
    );
  }
}

/** An organization may do without a dialect: whoever speaks it is refused. */
function refuseAdapter(dialect: string, { variables }: SourceSystem): void {
  const adapter = `adapter.${dialect}`;
  if ((variables as Readonly<Record<string, VariableValue>>)[adapter] !== false) return;
  throw new GatewayError(
    'unauthorized_request',
    `The organization has switched this adapter off; nothing was written. Ask its administrator to set the variable ${adapter}.`,
  );
}

const noTypes: GroupTypes = new Map();

/** Runs the handlers over the commands of a message; what they refuse becomes an outcome at its place. */
function handle(
  { handlers, lists, types }: { handlers: readonly Handler[]; lists: CompiledLists; types: GroupTypes },
  commands: readonly Command[],
  source: SourceSystem,
): Handled {
  const items = commands.map((command) => (command.verb === 'list' ? command : itemOf(command)));
  const batch = items.filter((item): item is Item => 'warnings' in item);
  runHandlers(lists, batch, source, types);
  const writes = batch.filter((item): item is BatchItem => isWrite(item.command));
  for (const handler of handlers) handler.handle(writes, source);
  const refusals = new Map<number, Outcome>();
  const handled = items.map((item, index) => {
    if (!('warnings' in item)) return item;
    if (item.refusal !== undefined) refusals.set(index, refused(item.command, item.refusal));
    return item.warnings.length === 0
      ? item.command
      : { ...item.command, notes: [...(item.command.notes ?? []), ...item.warnings] };
  });
  return { commands: handled, refusals };
}

function itemOf(command: Exclude<Command, ListCommand>): Item {
  return { command, warnings: [] } as Item;
}

function refused({ entity, kind, verb, sourcedId }: Command, problem: Problem): Outcome {
  return { entity, kind, verb, sourcedId, status: 'rejected', problems: [problem] };
}
