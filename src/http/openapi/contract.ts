import type { z } from 'zod';

/**
 * One call of the HTTP interface, as it is documented and, where `http/api` serves it, as it is routed and checked. The
 * contracts of other doors (a dialect's calls) have the same shape.
 */
export interface Contract {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI writes it: `/api/v1/roles/{code}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /**
   * `bearer`: a token of the administration API. `basic`: the credentials of a source system. `client`: its user name and
   * password, by HTTP Basic or in the form.
   */
  readonly security: 'bearer' | 'basic' | 'client' | 'none';
  /** What the token must be allowed to do. */
  readonly scope?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** `application/json` unless it says otherwise. */
  readonly bodyType?: string;
  /** By HTTP status. */
  readonly responses: Readonly<Record<number, ContractResponse>>;
  /** The body of its errors, if it is not the one of all others. */
  readonly error?: z.ZodType;
}

export interface ContractResponse {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** `application/json` unless it says otherwise. */
  readonly type?: string;
  /** Name -> description. */
  readonly headers?: Readonly<Record<string, string>>;
}
