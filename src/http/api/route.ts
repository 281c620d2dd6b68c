import { z } from 'zod';
import type { Editor, Expected } from '../../domain/administration/index.ts';
import type { Defined } from '../../formats/json/index.ts';
import type { FileBody } from '../files/file-body.ts';
import type { Contract } from '../openapi/contract.ts';
import { etagHeader, ifMatchHeaders, organizationHeaders } from './headers.ts';
import type { ApiScope, ApiServices, Bearer } from './services.ts';

/** A checked call: its parts are what the schemas of its route say. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The body of a route whose body is a file, `application/octet-stream`; of others there is none to read. */
  readonly file: FileBody;
  readonly bearer: Bearer;
  /** Whose rows the call is about. Of a route that needs no organization: as far as token and header name one. */
  readonly organizationId: number;
  readonly named: boolean;
  readonly editor: Editor;
  /** From If-Match. */
  readonly expected: Expected;
}

export interface Answer<Body = unknown> {
  readonly body?: Body;
  /** Becomes the ETag. */
  readonly version?: number | string;
  /** Instead of a body: a file that is sent as it is made. */
  readonly download?: Download;
}

export interface Download {
  readonly type: string;
  /** What a browser saves it as; absent: it is read as it comes. */
  readonly fileName?: string;
  readonly text: AsyncIterable<string>;
}

/** One row of the route table: the contract, and what serves it. */
export interface Route {
  readonly contract: Contract & { readonly scope: ApiScope };
  /** `optional`: an operator may call it without naming an organization. */
  readonly organization: 'required' | 'optional';
  readonly status: number;
  handle(call: Call, services: ApiServices): Promise<Answer>;
}

interface Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, R extends z.ZodType> {
  method: Contract['method'];
  /** Below /api/v1. */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  scope: ApiScope;
  organization?: 'required' | 'optional';
  /** Honours If-Match. */
  versioned?: true;
  params?: P;
  query?: Q;
  body?: B;
  /** Default: `application/json`. `application/octet-stream`: a file, which is not read before `handle` does. */
  bodyType?: 'application/octet-stream';
  /** Default: 200, or 204 without a response. */
  status?: number;
  response?: R;
  /** The content type of what is answered as a download. */
  downloads?: string;
  handle(
    call: Call<Defined<z.output<P>>, Defined<z.output<Q>>, Defined<z.output<B>>>,
    services: ApiServices,
  ): Promise<Answer<Defined<z.input<R>>>>;
}

export const apiRoot = '/api/v1';

/** Defines a route: what it documents is what it checks, and its handler sees the types of its schemas. */
export function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, R extends z.ZodType>(
  definition: Definition<P, Q, B, R>,
): Route {
  const {
    method,
    path,
    tag,
    summary,
    description,
    scope,
    params,
    query,
    body,
    bodyType,
    response,
    versioned,
    downloads,
  } = definition;
  const status = definition.status ?? (response === undefined && downloads === undefined ? 204 : 200);
  const answersVersion = versioned === true || (method === 'get' && path.endsWith('}'));
  const organization = definition.organization ?? 'required';
  return {
    contract: {
      method,
      path: apiRoot + path,
      tag,
      summary,
      ...(description === undefined ? {} : { description }),
      security: 'bearer',
      scope,
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
      ...(bodyType === undefined ? {} : { bodyType }),
      headers:
        versioned === true && method !== 'get' ? organizationHeaders.extend(ifMatchHeaders.shape) : organizationHeaders,
      responses: {
        [status]: {
          description:
            response === undefined && downloads === undefined ? 'Done.' : (response?.description ?? 'The answer.'),
          ...(response === undefined ? {} : { schema: response }),
          ...(downloads === undefined ? {} : { schema: z.string(), type: downloads }),
          ...(answersVersion && response !== undefined ? { headers: etagHeader } : {}),
        },
      },
    },
    organization,
    status,
    // The router gives what the schemas of this very definition have checked.
    handle: (call, services) => definition.handle(call as Parameters<typeof definition.handle>[0], services),
  };
}
