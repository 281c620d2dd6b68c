import { pipeline } from 'node:stream/promises';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { z } from 'zod';
import { ListRefused } from '../../domain/extension-points.ts';
import { GatewayError } from '../../domain/problem.ts';
import { describeIssues, parseJson } from '../../formats/json/index.ts';
import { findNonXmlCharacter } from '../../formats/xml/index.ts';
import { type FileBody, fileBodyOf } from '../files/file-body.ts';
import type { FileSender } from '../files/sender.ts';
import { createTusRouter } from '../files/tus.ts';
import type { HttpLog } from '../http-log.ts';
import { readJsonBody } from '../json-body.ts';
import { methodNotAllowed, notFound } from '../not-found.ts';
import { answerErrors, messageIdOf } from '../problem-body.ts';
import type { RemoteOf } from '../remote.ts';
import { authorize } from './authorize.ts';
import { versionOf } from './headers.ts';
import { type Answer, apiRoot, type Call, type Download, type Route } from './route.ts';
import type { ApiServices } from './services.ts';

export interface ApiRouterOptions {
  readonly routes: readonly Route[];
  readonly services: ApiServices;
  readonly remoteOf: RemoteOf;
  /** Tokens may come in clear text from beyond this machine. */
  readonly allowClearText: boolean;
  /**
   * Drops what this process remembers of the configuration of an organization (undefined: of all): an edit that was answered
   * holds for what arrives after it.
   */
  readonly forgetConfiguration: (organizationId?: number) => void;
  /** Of one upload. */
  readonly uploadLimitBytes: number;
  readonly log: HttpLog;
}

/** Bodies of administration are small; messages come in by the other doors. */
const bodyLimitBytes = 1_048_576;

/** Serves the route table: authorize, check every part by its schema, handle, answer. */
export function createApiRouter(options: ApiRouterOptions): Router {
  const router = express.Router({ caseSensitive: true });
  const byPath = Map.groupBy(options.routes, ({ contract }) => contract.path);
  for (const [path, routes] of byPath) {
    const place = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const route of routes) place[route.contract.method](serve(route, options));
    place.all(methodNotAllowed(routes.map(({ contract }) => contract.method)));
  }
  router.use(
    createTusRouter({
      root: `${uploadsRoot}/:sourceSystem/tus`,
      receipts: ({ params }) => `${uploadsRoot}/${encodeURIComponent(String(params.sourceSystem))}/uploads`,
      way: 'tus',
      intake: options.services.files,
      senderOf: (request) => administratorOf(request, options),
      limitBytes: options.uploadLimitBytes,
      log: options.log,
    }),
  );
  router.use('/api', notFound);
  router.use('/api', answerErrors({ challenge: 'Bearer realm="passerelle"', log: options.log, extra: moreOf }));
  return router;
}

const uploadsRoot = `${apiRoot}/source-systems`;

/** An administrator who sends a file for a source system. */
async function administratorOf(request: Request, options: ApiRouterOptions): Promise<FileSender> {
  const call = { contract: { scope: 'messages:write' }, organization: 'required' } as const;
  const { organizationId, editor } = await authorize(call, request, options);
  const { sourceSystems } = options.services.administration;
  const { id } = await sourceSystems.get(organizationId, String(request.params.sourceSystem));
  return { organizationId, sourceSystemId: id, receivedFrom: editor.actor };
}

/** Tells a reader whose cursor is too old where to begin again, and whoever puts a wrong list all that is wrong with it. */
function moreOf(error: GatewayError): object | undefined {
  if (error instanceof ListRefused) return { reasons: error.reasons };
  return error.code === 'cursor_expired' ? { snapshot: `${apiRoot}/snapshot` } : undefined;
}

function serve(route: Route, options: ApiRouterOptions): RequestHandler {
  return async (request, response) => {
    const startedMs = performance.now();
    response.setHeader('Cache-Control', 'no-store');
    const authorized = await authorize(route, request, options);
    const call = await checkedCall(route, request, authorized);
    const answered = await route.handle(call, options.services);
    // Other processes hear of it; this one may not have yet.
    if (route.contract.method !== 'get' && route.contract.scope === 'admin:write')
      options.forgetConfiguration(authorized.named ? authorized.organizationId : undefined);
    if (answered.download === undefined) answer(response, route, answered);
    else await download(response, answered.download);
    options.log.debug(
      {
        messageId: messageIdOf(response),
        method: request.method,
        route: route.contract.path,
        status: response.statusCode,
        by: authorized.bearer.label,
        ms: Math.round(performance.now() - startedMs),
      },
      'request answered',
    );
  };
}

async function checkedCall(
  { contract }: Route,
  request: Request,
  authorized: Pick<Call, 'bearer' | 'organizationId' | 'named' | 'editor'>,
): Promise<Call> {
  const params = contract.params === undefined ? {} : checked(contract.params, paramsOf(request), 'path');
  const query =
    contract.query === undefined ? refuseQuery(request) : checked(contract.query, queryOf(request), 'query');
  const isFile = contract.bodyType === 'application/octet-stream';
  const body =
    contract.body === undefined || isFile ? undefined : checked(contract.body, await readJson(request), 'body');
  const file = isFile ? fileBodyOf(request) : noFile;
  const version = versionOf(request.headers['if-match']);
  return { ...authorized, params, query, body, file, expected: version === undefined ? {} : { version } };
}

/** Of a route that takes none. */
const noFile: FileBody = {
  bytes: {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('this route takes no file')) }),
  },
  digests: {},
};

async function readJson(request: Request): Promise<unknown> {
  return parseJson(await readJsonBody(request, bodyLimitBytes));
}

/** A mistake in the body has a JSON pointer; one in the address has the name of its parameter. */
function checked(schema: z.ZodType, value: unknown, part: 'path' | 'query' | 'body'): unknown {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [mistake] = describeIssues(error, value);
  if (mistake === undefined) throw new Error('zod refused a value without an issue');
  const { at, field, message } = mistake;
  throw new GatewayError('invalid_request', part === 'body' ? message : `In the ${part}, ${message}`, {
    ...(part === 'body' ? { at } : {}),
    ...(field === undefined ? {} : { field }),
  });
}

function paramsOf({ params }: Request): Request['params'] {
  for (const [name, value] of Object.entries(params)) refuseForeign(name, value);
  return params;
}

/** What Postgres and XML cannot hold. */
function refuseForeign(name: string, value: unknown): void {
  const foreign = typeof value === 'string' ? findNonXmlCharacter(value) : undefined;
  if (foreign === undefined) return;
  throw new GatewayError('invalid_request', `The parameter ${name} holds the character ${foreign}.`, { field: name });
}

/** Each parameter once: of two filters of one name, one would be forgotten silently. */
function queryOf(request: Request): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URL(request.originalUrl, 'http://gateway').searchParams) {
    if (Object.hasOwn(query, name)) {
      throw new GatewayError('invalid_request', `The parameter ${name} is given twice.`, { field: name });
    }
    refuseForeign(name, value);
    query[name] = value;
  }
  return query;
}

function refuseQuery(request: Request): object {
  const [name] = Object.keys(queryOf(request));
  if (name === undefined) return {};
  throw new GatewayError('invalid_request', `There is no parameter ${name} here.`, { field: name });
}

/** As it is made: a reader that is slow, or goes away, stops the making. */
async function download(response: Response, { type, fileName, text }: Download): Promise<void> {
  response.setHeader('content-type', type);
  if (fileName === undefined) response.flushHeaders();
  else response.setHeader('content-disposition', `attachment; filename="${fileName}"`);
  await pipeline(text, response);
}

function answer(response: Response, { status }: Route, { body, version }: Answer): void {
  if (version !== undefined) response.setHeader('ETag', `"${version}"`);
  response.status(status);
  if (body === undefined) response.end();
  else response.json(body);
}
