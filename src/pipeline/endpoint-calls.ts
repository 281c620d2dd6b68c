import type {
  EndpointAdministration,
  OutboundCompletion,
  OutboundEntry,
  OutboundJournal,
} from '../domain/administration/index.ts';
import { type Endpoint, endpointLimits, type EndpointSecrets, type EndpointType } from '../domain/endpoint.ts';
import { uuidv7 } from '../domain/ids.ts';
import { GatewayError, type Problem, toProblem } from '../domain/problem.ts';
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
  /**
   * Fetches a file of at most `limitBytes` into `sink`; journaled, and throws, as a call. The file itself is not kept. Where
   * the source system has no endpoint of this type, none is needed: the file is fetched without its credentials.
   */
  downloadFrom(reference: EndpointReference, file: FileToDownload): Promise<EndpointAnswer>;
  /** Says what is wrong with an endpoint, step by step. Journaled, and throws, as a call, and sent under the id of its message. */
  testEndpoint(reference: EndpointReference): Promise<TestedEndpoint>;
}

/** A file of a source system. */
export interface FileToDownload {
  /** http or https, without user and password. */
  readonly address: string;
  readonly limitBytes: number;
  readonly sink: NodeJS.WritableStream;
  /** What comes before this byte is there already. */
  readonly from?: number;
  /** Those that came with the address, in place of those of the endpoint. */
  readonly credentials?: Required<Pick<EndpointSecrets, 'userName' | 'password'>>;
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
        await openEndpoint(parts.endpoints, reference),
        reference,
        call,
        async (endpoint, secrets, messageIdentifier) => {
          const result = await caller.call(endpoint, secrets, { ...call, messageIdentifier });
          return { result, ...problemOf(result) };
        },
      );
      return toAnswer(done.result, messageId);
    },
    async downloadFrom(reference, file) {
      const { address, limitBytes, sink, from = 0 } = file;
      const body = { address, limitBytes, ...(from === 0 ? {} : { from }) };
      const what = { contract: 'endpoint', operation: 'download', body };
      const opened = await openForFile(parts.endpoints, reference, file);
      const { messageId, done } = await journaled(parts, opened, reference, what, async (endpoint, secrets) => {
        const result = await caller.download(endpoint, secrets, address, limitBytes, sink, from);
        return { result, ...problemOf(result) };
      });
      return toAnswer(done.result, messageId);
    },
    async testEndpoint(reference) {
      const what = { contract: 'endpoint', operation: 'testConnection' };
      const opened = await openEndpoint(parts.endpoints, reference);
      const { messageId, done } = await journaled(
        parts,
        opened,
        reference,
        what,
        (endpoint, secrets, messageIdentifier) => caller.test(endpoint, secrets, messageIdentifier),
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
  { journal, log, now = () => new Date() }: EndpointCallsParts,
  { endpoint, secrets, sourceSystemId }: OpenedEndpoint,
  reference: EndpointReference,
  what: What,
  send: (endpoint: Endpoint, secrets: EndpointSecrets, messageId: string) => Promise<Sent>,
): Promise<{ messageId: string; done: Sent }> {
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
    const mistake: Problem = { code: 'internal_error', message: 'The gateway made a mistake while it was sending.' };
    const cause = error instanceof CallDefect ? error.cause : error;
    const problem = cause instanceof GatewayError ? toProblem(cause) : mistake;
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

/** An endpoint as a call needs it. */
interface OpenedEndpoint {
  readonly sourceSystemId: number;
  readonly endpoint: Endpoint;
  readonly secrets: EndpointSecrets;
}

/** The endpoint of files; or one that stands for the address alone, where there is none, or its own credentials came with it. */
async function openForFile(
  endpoints: EndpointCallsParts['endpoints'],
  reference: EndpointReference,
  { address, credentials }: FileToDownload,
): Promise<OpenedEndpoint> {
  const { sourceSystemId, opened } = await endpoints.open(
    reference.organizationId,
    reference.sourceSystem,
    reference.type,
  );
  if (opened !== undefined && credentials === undefined) return openEndpoint(endpoints, reference);
  const { connectTimeoutMs, timeoutMs, attempts } = endpointLimits;
  const endpoint: Endpoint = {
    id: 'announced file',
    type: reference.type,
    address,
    authentication: credentials === undefined ? 'none' : 'http-basic',
    soapVersion: '1.1',
    connectTimeoutMs: connectTimeoutMs.default,
    timeoutMs: timeoutMs.default,
    attempts: attempts.default,
    tls: {},
  };
  return { sourceSystemId, endpoint, secrets: credentials ?? {} };
}

async function openEndpoint(
  endpoints: EndpointCallsParts['endpoints'],
  reference: EndpointReference,
): Promise<OpenedEndpoint> {
  const { organizationId, sourceSystem, type } = reference;
  const { sourceSystemId, code, opened } = await endpoints.open(organizationId, sourceSystem, type);
  if (opened === undefined) {
    throw new GatewayError('no_endpoint', `The source system ${code} has no endpoint of the type ${type}.`, {
      field: 'type',
    });
  }
  const { endpoint, secrets } = opened;
  if (secrets === undefined) {
    throw new GatewayError(
      'endpoint_secrets_closed',
      `The secrets of the endpoint ${type} of the source system ${code} do not open with the gateway's key.`,
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
