import type {
  EndpointAdministration,
  OutboundCompletion,
  OutboundEntry,
  OutboundJournal,
} from '../domain/administration/index.ts';
import type { Endpoint, EndpointSecrets, EndpointType } from '../domain/endpoint.ts';
import { uuidv7 } from '../domain/ids.ts';
import { GatewayError, type Problem } from '../domain/problem.ts';
import {
  CallDefect,
  type EndpointTest,
  type OutboundCall,
  type OutboundCaller,
  type OutboundResult,
} from './outbound.ts';

/** Which endpoint, and on whose behalf: a label of a token, a command line, a piece of background work. */
export interface EndpointReference {
  readonly organizationId: number;
  /** A code, or the number of an id. */
  readonly sourceSystem: string;
  readonly type: EndpointType;
  readonly actor: string;
}

/** What came of a call, and the message of the journal that tells of it. */
export type EndpointAnswer = Omit<OutboundResult, 'sent' | 'received'> & { readonly messageId: string };
export type TestedEndpoint = Pick<EndpointTest, 'steps' | 'problem'> & { readonly messageId: string };

export interface EndpointCalls {
  /**
   * Calls an operation of an endpoint; the id of the journaled message is its message identifier. What the other side
   * does wrong is a `problem` of the answer. Throws GatewayError before anything is sent: `no_endpoint`,
   * `endpoint_secrets_closed`, `not_found` (source system), `busy`.
   */
  callEndpoint(reference: EndpointReference, call: Omit<OutboundCall, 'messageIdentifier'>): Promise<EndpointAnswer>;
  /** Fetches a file of at most `limitBytes` into `sink`; journaled, and throws, as a call. The file itself is not kept. */
  downloadFrom(
    reference: EndpointReference,
    file: { readonly address: string; readonly limitBytes: number; readonly sink: NodeJS.WritableStream },
  ): Promise<EndpointAnswer>;
  /** Says what is wrong with an endpoint, step by step. Journaled, and throws, as a call, and sent under the id of its message. */
  testEndpoint(reference: EndpointReference): Promise<TestedEndpoint>;
}

export interface EndpointCallsParts {
  readonly endpoints: Pick<EndpointAdministration, 'open'>;
  readonly journal: OutboundJournal;
  readonly caller: OutboundCaller;
  readonly log: { error(fields: object, message: string): void };
  readonly now?: () => Date;
}

/** Calls endpoints and journals what is sent: before it is sent, and what came of it. */
export function createEndpointCalls(parts: EndpointCallsParts): EndpointCalls {
  const { caller } = parts;
  return {
    async callEndpoint(reference, call) {
      const { messageId, done } = await journaled(
        parts,
        reference,
        call,
        async (endpoint, secrets, messageIdentifier) => {
          const result = await caller.call(endpoint, secrets, { ...call, messageIdentifier });
          return { result, ...problemOf(result) };
        },
      );
      return toAnswer(done.result, messageId);
    },
    async downloadFrom(reference, { address, limitBytes, sink }) {
      const what = { contract: 'endpoint', operation: 'download', body: { address, limitBytes } };
      const { messageId, done } = await journaled(parts, reference, what, async (endpoint, secrets) => {
        const result = await caller.download(endpoint, secrets, address, limitBytes, sink);
        return { result, ...problemOf(result) };
      });
      return toAnswer(done.result, messageId);
    },
    async testEndpoint(reference) {
      const what = { contract: 'endpoint', operation: 'testConnection' };
      const { messageId, done } = await journaled(parts, reference, what, (endpoint, secrets, messageIdentifier) =>
        caller.test(endpoint, secrets, messageIdentifier),
      );
      return { messageId, steps: done.steps, ...problemOf(done) };
    },
  };
}

function toAnswer({ sent: _sent, received: _received, ...answer }: OutboundResult, messageId: string): EndpointAnswer {
  return { ...answer, messageId };
}

/** What was sent, if anything, and why it did not succeed. */
interface Done {
  readonly result?: OutboundResult;
  readonly problem?: Problem;
}

type What = Pick<OutboundCall, 'contract' | 'operation'> & Partial<Pick<OutboundCall, 'body'>>;

async function journaled<Sent extends Done>(
  { endpoints, journal, log, now = () => new Date() }: EndpointCallsParts,
  reference: EndpointReference,
  what: What,
  send: (endpoint: Endpoint, secrets: EndpointSecrets, messageId: string) => Promise<Sent>,
): Promise<{ messageId: string; done: Sent }> {
  const { endpoint, secrets, sourceSystemId } = await openEndpoint(endpoints, reference);
  const entry = toEntry(reference, what, endpoint, sourceSystemId, now());
  await journal.begin(entry);
  const complete = async (done: Done): Promise<void> => {
    const durationMs = now().getTime() - entry.startedAt.getTime();
    await journal
      .complete(entry, toCompletion(done, endpoint, durationMs))
      // It was sent: its answer must not be lost as well.
      .catch((error: unknown) => {
        log.error({ err: error, messageId: entry.id }, 'what came of an outbound message could not be journaled');
      });
  };
  try {
    const done = await send(endpoint, secrets, entry.id);
    await complete(done);
    return { messageId: entry.id, done };
  } catch (error) {
    const problem: Problem = { code: 'internal_error', message: 'The gateway made a mistake while it was sending.' };
    if (!(error instanceof CallDefect)) {
      await complete({ problem });
      throw error;
    }
    await complete({ result: error.result, problem });
    throw error.cause;
  }
}

function toCompletion(
  { result = { attempts: [], sent: Buffer.alloc(0) }, ...done }: Done,
  { soapVersion }: Endpoint,
  durationMs: number,
): OutboundCompletion {
  const { attempts, sent, received } = result;
  return {
    attempts,
    sent,
    contentType: contentTypes[soapVersion],
    durationMs,
    ...(received === undefined ? {} : { received }),
    ...problemOf(done),
  };
}

function problemOf({ problem }: Pick<Done, 'problem'>): { problem?: Problem } {
  return problem === undefined ? {} : { problem };
}

const contentTypes = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8',
} as const satisfies Record<Endpoint['soapVersion'], string>;

async function openEndpoint(endpoints: EndpointCallsParts['endpoints'], reference: EndpointReference) {
  const { organizationId, sourceSystem, type } = reference;
  const { sourceSystemId, opened } = await endpoints.open(organizationId, sourceSystem, type);
  if (opened === undefined) {
    throw new GatewayError('no_endpoint', `The source system ${sourceSystem} has no endpoint of the type ${type}.`, {
      field: 'type',
    });
  }
  const { endpoint, secrets } = opened;
  if (secrets === undefined) {
    throw new GatewayError(
      'endpoint_secrets_closed',
      `The secrets of the endpoint ${type} of the source system ${sourceSystem} do not open with the gateway's key.`,
    );
  }
  return { sourceSystemId, endpoint, secrets };
}

function toEntry(
  { organizationId, actor }: EndpointReference,
  { contract, operation, body }: What,
  endpoint: Endpoint,
  sourceSystemId: number,
  startedAt: Date,
): OutboundEntry {
  const intent = Buffer.from(JSON.stringify({ contract, operation, ...(body === undefined ? {} : { body }) }));
  const { type: endpointType, address } = endpoint;
  return {
    id: uuidv7(startedAt.getTime()),
    organizationId,
    sourceSystemId,
    endpointType,
    address,
    contract,
    operation,
    actor,
    startedAt,
    intent,
  };
}
