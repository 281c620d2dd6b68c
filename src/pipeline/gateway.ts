import { isWrite } from '../domain/command.ts';
import type { VariableValue } from '../domain/variables.ts';
import type { Command, ListCommand } from '../domain/command.ts';
import type { Outcome } from '../domain/outcome.ts';
import { GatewayError } from '../domain/problem.ts';
import type { Problem } from '../domain/problem.ts';
import {
  type CompiledLists,
  groupsOfUnknownType,
  type GroupTypes,
  type Item,
  PluginFault,
  runHandlers,
} from './plugins/index.ts';
import type {
  AuthenticatedMessage,
  BatchItem,
  Gateway,
  Handler,
  Message,
  MessageEnvelope,
  Principal,
  SourceSystem,
  Submission,
  SubmissionResult,
  Translate,
  Translation,
} from './ports.ts';

/** What the pipeline needs of the rest of the gateway. */
export interface GatewayDependencies {
  readonly authenticate: (message: Message) => Promise<AuthenticatedMessage>;
  readonly sourceSystem: (organizationId: number, id: number) => Promise<SourceSystem | undefined>;
  /** Run on every write, after the lists of its extension point. */
  readonly handlers: readonly Handler[];
  /** The handlers that administrators order. */
  readonly lists: CompiledLists;
  /** The SIS types of declared groups, by sourcedId: what decides who handles a command that does not state them. */
  readonly groupTypes: (source: SourceSystem, sourcedIds: readonly string[]) => Promise<GroupTypes>;
  readonly store: {
    write(submission: Submission, source: SourceSystem): Promise<SubmissionResult>;
    refuse(submission: Submission, problem: Problem): Promise<void>;
  };
  readonly log: { warn(fields: object, message: string): void };
}

/**
 * The pipeline:
 *
 *     Message -> authenticate -> source system -> translate -> handle -> write (declare, project, journal) -> outcomes
 */
export function createGateway(dependencies: GatewayDependencies): Gateway {
  const { authenticate, sourceSystem, handlers, lists, groupTypes, store, log } = dependencies;
  async function run(authenticated: AuthenticatedMessage, translate: Translate): Promise<SubmissionResult> {
    const { message, principal } = authenticated;
    try {
      const source = await enabledSource(principal);
      const translation = soundly(() => translate(source));
      refuseAdapter(translation.dialect, source);
      const untyped = groupsOfUnknownType(translation.commands);
      const types = untyped.length === 0 ? noTypes : await groupTypes(source, untyped);
      const submission = soundly(() => handled(authenticated, translation, source, types));
      return await store.write(submission, source);
    } catch (error) {
      // What is busy was never accepted.
      if (error instanceof GatewayError && !error.journaled && error.code !== 'busy')
        await journalRefusal(authenticated, error);
      throw error;
    }
    function handled(
      from: AuthenticatedMessage,
      translation: Translation,
      source: SourceSystem,
      types: GroupTypes,
    ): Submission {
      const { commands, refusals } = handle({ handlers, lists, types }, translation.commands, source);
      return {
        envelope: envelopeOf(message, translation),
        principal: from.principal,
        nonces: from.nonces,
        commands,
        refusals,
      };
    }
  }

  async function enabledSource({ organizationId, sourceSystemId }: Principal): Promise<SourceSystem> {
    const source = await sourceSystem(organizationId, sourceSystemId);
    if (source?.state === 'enabled' || source?.state === 'validate') return source;
    throw new GatewayError(
      'source_system_disabled',
      'The source system is disabled; nothing was written. Ask the administrator of the gateway to enable it, then send the message again.',
    );
  }

  /** Every authenticated message is kept, refused ones with the reason. That it cannot be kept does not change the answer. */
  async function journalRefusal(
    { message, principal, nonces }: AuthenticatedMessage,
    { code, message: text, at, detail }: GatewayError,
  ): Promise<void> {
    // Senders are not told whose fault it is; administrators are.
    const said = code === 'internal_error' && detail !== undefined ? `${text} At fault: ${detail}.` : text;
    const envelope = envelopeOf(message, {
      dialect: message.dialect ?? message.door,
      operation: message.operation ?? `${message.method} ${message.path}`,
    });
    await store
      .refuse(
        { envelope, principal, nonces, commands: [] },
        { code, message: said, ...(at === undefined ? {} : { at }) },
      )
      .catch((error: unknown) => {
        log.warn({ messageId: message.id, err: error }, 'a refused message could not be journaled');
      });
  }

  return {
    submit: async (message, translate) => run(await authenticate(message), translate),
    process: (message, principal, translate) => run({ message, principal, nonces: [] }, translate),
  };
}

/**
 * Translators and handlers refuse by GatewayError. Anything else that they throw is a defect, of the gateway or of a plug-in:
 * the message is refused for it, and kept like any other.
 */
function soundly<T>(work: () => T): T {
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
): { commands: Command[]; refusals: Map<number, Outcome> } {
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

function envelopeOf(
  message: Message,
  { dialect, operation }: Pick<Translation, 'dialect' | 'operation'>,
): MessageEnvelope {
  // A header of REST: a SOAP sender's repeat has another nonce, and is harmless without (replace and delete are idempotent).
  const idempotencyKey = message.door === 'rest' ? message.headers['idempotency-key'] : undefined;
  return {
    id: message.id,
    receivedAt: message.receivedAt,
    door: message.door,
    dialect,
    operation,
    contentType: message.headers['content-type'] ?? '',
    body: message.body,
    remoteAddress: message.remote.address,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(message.replayOf === undefined ? {} : { replayOf: message.replayOf }),
  };
}
