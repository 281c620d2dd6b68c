import { createHash } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { uuidv7 } from '../domain/ids.ts';
import { GatewayError } from '../domain/problem.ts';
import { decodeEnvelope, soapVersionOfContentType, type SoapEnvelope } from '../formats/soap/index.ts';
import { charsetOf, defaultXmlLimits, parseXml, type XmlLimits } from '../formats/xml/index.ts';
import type { Log } from '../log.ts';
import type { ElementView, Gateway, Message } from '../pipeline/ports.ts';
import { plainHeaders } from './plain-headers.ts';
import type { RemoteOf } from './remote.ts';
import { dropRest, readBody, SenderGone } from './read-body.ts';
import { baseUrlOf, describe } from './soap-description.ts';
import type { SoapDialect, SoapEndpoint } from './soap-dialect.ts';
import { asGatewayError, refusalAnswer, type HttpAnswer } from './soap-refusal.ts';
import { refuseBare, refuseForeign } from './soap-foreign.ts';
import { refuseMediaType, refuseUnknownHeaders, saysXml } from './soap-request.ts';
import { failure, submit, summary } from './soap-submission.ts';
import { createTurns, type Turns } from './turns.ts';

export interface SoapDoorOptions {
  readonly gateway: Pick<Gateway, 'submit'>;
  /** By path; paths compare without regard to case. */
  readonly endpoints: ReadonlyMap<string, SoapEndpoint>;
  /** `/lis`: XML that is posted below to no endpoint is refused here, in SOAP, since its sender reads nothing else. */
  readonly prefixes: readonly string[];
  /** Where records are taken without an Envelope. */
  readonly bareAddresses: readonly string[];
  readonly limits: { readonly bodyBytes: number; readonly xml?: XmlLimits };
  readonly remoteOf: RemoteOf;
  /** `https://sis.example.edu`: stands in the WSDLs. */
  readonly publicUrl?: string;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/**
 * The door for SOAP messages: bytes with limits -> envelope -> Message -> gateway -> reply. What it refuses itself is
 * answered as a fault; what the gateway says of a record is said by the dialect. One log line an answer.
 */
export function createSoapDoor(given: SoapDoorOptions): Router {
  const options: Door = { ...given, turn: createTurns() };
  const endpoints = new Map([...options.endpoints].map(([path, endpoint]) => [path.toLowerCase(), endpoint]));
  return express.Router().use((request, response, next) => {
    const path = request.path.toLowerCase().replace(/\/$/, '');
    const endpoint = endpoints.get(path);
    const prefix = options.prefixes.find((each) => path === each || path.startsWith(`${each}/`));
    if (endpoint !== undefined) answer(options, endpoint, request, response).catch(next);
    else if (prefix !== undefined && saysXml(request)) refuseAddress(options, prefix, request, response);
    else next();
  });
}

interface Door extends SoapDoorOptions {
  /** Reading a message takes a turn. */
  readonly turn: Turns;
}

/** What is known of a message so far, for its answer and its log line. */
interface Progress {
  readonly messageId: string;
  readonly startedMs: number;
  envelope?: SoapEnvelope;
  root?: ElementView;
  operation?: string;
  body?: Buffer;
}

function begin(response: Response): Progress {
  const messageId = uuidv7();
  response.setHeader('Passerelle-Message-Id', messageId);
  return { messageId, startedMs: performance.now() };
}

async function answer(options: Door, endpoint: SoapEndpoint, request: Request, response: Response): Promise<void> {
  const progress = begin(response);
  if (request.method !== 'POST') {
    send(response, describedOrRefused(options, endpoint, request, progress));
    return;
  }
  try {
    send(response, await receive(options, endpoint, request, progress));
  } catch (error) {
    if (error instanceof SenderGone) return;
    send(response, refused(options, request, progress, error));
  }
}

/** RFC 9110 section 15.5.5, said as a fault. The body is not read: its content type tells the version of SOAP. */
function refuseAddress(options: Door, prefix: string, request: Request, response: Response): void {
  const progress = begin(response);
  const services = [...options.endpoints.keys()].filter((path) => path.startsWith(prefix)).join(', ');
  const error = new GatewayError('not_found', `There is no SOAP service at this address. Services: ${services}.`);
  send(response, refused(options, request, progress, error));
}

async function receive(
  options: Door,
  { dialect }: SoapEndpoint,
  request: Request,
  progress: Progress,
): Promise<HttpAnswer> {
  refuseMediaType(request);
  const body = (progress.body = await readBody(request, options.limits.bodyBytes));
  await options.turn();
  let envelope: SoapEnvelope;
  try {
    const root = parseXml(body, options.limits.xml ?? defaultXmlLimits, charsetOf(request.headers['content-type']));
    progress.root = root;
    const bare = dialect.takesBare?.(root) === true;
    if (!bare) refuseBare(root, options.bareAddresses);
    envelope = progress.envelope = bare ? { version: '1.1', headers: [], body: root } : decodeEnvelope(root);
    refuseUnknownHeaders(envelope, (block) => dialect.understands(block));
  } catch (error) {
    throw await unreadable(options, dialect, request, progress, error);
  }
  const message = messageOf(options, dialect, request, progress, body);
  const result = await submit(options.gateway, message, (source) => {
    refuseForeign(options.endpoints, dialect, envelope.body);
    const translation = dialect.translate(envelope.body, source);
    progress.operation = translation.operation;
    return translation;
  });
  await options.turn();
  const reply = dialect.reply({ envelope, messageId: message.id }, result);
  if (reply === undefined) throw result instanceof GatewayError ? result : failure(result);
  options.log.info({ ...logged(progress), ...summary(result) }, 'message answered');
  return reply;
}

/**
 * What cannot be read is kept as well, if the HTTP request tells who sent it: the gateway authenticates, journals the
 * refusal and gives it back; else it says what is wrong with the credentials.
 */
async function unreadable(
  options: Door,
  dialect: SoapDialect,
  request: Request,
  progress: Progress,
  error: unknown,
): Promise<unknown> {
  const { body } = progress;
  const { authorization, 'x-api-key': apiKey } = request.headers;
  const told = authorization ?? apiKey ?? options.remoteOf(request).certificate;
  if (!(error instanceof GatewayError) || body === undefined || told === undefined) return error;
  const message = messageOf(options, dialect, request, progress, body);
  return submit(options.gateway, message, () => {
    throw error;
  });
}

function messageOf(
  { remoteOf }: SoapDoorOptions,
  dialect: SoapDialect,
  request: Request,
  { messageId, envelope, root }: Progress,
  body: Buffer,
): Message {
  return {
    id: messageId,
    receivedAt: new Date(),
    door: 'soap',
    dialect: dialect.name,
    method: request.method,
    path: request.baseUrl + request.path,
    target: request.originalUrl,
    headers: plainHeaders(request),
    body,
    remote: remoteOf(request),
    soapHeaders: envelope?.headers ?? [],
    ...(root === undefined ? {} : { soapEnvelope: root }),
    ...(envelope === undefined ? {} : { operation: dialect.operationOf(envelope.body) }),
  };
}

function refused({ log, remoteOf }: SoapDoorOptions, request: Request, progress: Progress, cause: unknown): HttpAnswer {
  const { messageId, envelope } = progress;
  const error = asGatewayError(cause, messageId);
  if (!request.readableEnded) dropRest(request);
  const about = {
    ...logged(progress),
    ...fingerprint(progress.body),
    code: error.code,
    address: remoteOf(request).address,
    path: request.path,
  };
  if (error.code === 'internal_error') log.error({ ...about, detail: error.detail, err: cause }, 'message failed');
  else log.warn({ ...about, reason: error.message, detail: error.detail }, 'message refused');
  return refusalAnswer(error, {
    messageId,
    version: envelope?.version ?? soapVersionOfContentType(request.headers['content-type']),
    headers: request.headers,
    hasSecurityHeader: envelope?.headers.some(({ name }) => name === 'Security') ?? false,
  });
}

function describedOrRefused(
  options: SoapDoorOptions,
  endpoint: SoapEndpoint,
  request: Request,
  progress: Progress,
): HttpAnswer {
  const asks = request.method === 'GET' || request.method === 'HEAD';
  const body = asks
    ? describe(request, endpoint, baseUrlOf(request, options.remoteOf(request).secure, options.publicUrl))
    : undefined;
  if (body !== undefined) return { status: 200, contentType: 'text/xml; charset=utf-8', body };
  const message = `Send SOAP messages to this address by POST; its description is at ${request.baseUrl}${request.path}?wsdl.`;
  const fault = refused(options, request, progress, new GatewayError('method_not_allowed', message));
  return { ...fault, headers: { Allow: 'POST, GET, HEAD' } };
}

function send(response: Response, { status, contentType, body, headers }: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...headers,
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
  });
  // A text leaves in one piece with its headers, bytes would not.
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** All that is kept of a message whose sender is not known. */
function fingerprint(body: Buffer | undefined): object {
  return body === undefined ? {} : { sizeBytes: body.length, sha256: createHash('sha256').update(body).digest('hex') };
}

function logged({ messageId, operation, startedMs }: Progress): object {
  return { messageId, operation, ms: Math.round((performance.now() - startedMs) * 10) / 10 };
}
