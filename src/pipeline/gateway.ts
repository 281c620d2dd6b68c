import { GatewayError } from '../domain/problem.ts';
import type { Problem } from '../domain/problem.ts';
import { createHandling, type HandlingDependencies, soundly } from './handling.ts';
import type {
  AuthenticatedMessage,
  Gateway,
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
export interface GatewayDependencies extends HandlingDependencies {
  readonly authenticate: (message: Message) => Promise<AuthenticatedMessage>;
  readonly sourceSystem: (organizationId: number, id: number) => Promise<SourceSystem | undefined>;
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
  const { authenticate, sourceSystem, store, log } = dependencies;
  const handle = createHandling(dependencies);
  async function run(authenticated: AuthenticatedMessage, translate: Translate): Promise<SubmissionResult> {
    const { message, principal } = authenticated;
    try {
      const source = await enabledSource(principal);
      const translation = soundly(() => translate(source));
      const { commands, refusals } = await handle(translation, source);
      const { nonces } = authenticated;
      const { exchange } = translation;
      const submission = {
        envelope: envelopeOf(message, translation),
        principal,
        nonces,
        commands,
        refusals,
        ...(exchange === undefined ? {} : { exchange }),
      };
      return await store.write(submission, source);
    } catch (error) {
      // What is busy was never accepted.
      if (error instanceof GatewayError && !error.journaled && error.code !== 'busy')
        await journalRefusal(authenticated, error);
      throw error;
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
