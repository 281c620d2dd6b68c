import type { Endpoint, EndpointSecrets } from '../domain/endpoint.ts';
import type { Problem } from '../domain/problem.ts';

/** One call to an endpoint, about to be sent. */
export interface OutboundRequest {
  readonly endpoint: Endpoint;
  readonly secrets: EndpointSecrets;
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  /** The SOAP envelope as it will be sent; absent for a download. */
  body?: string;
}

/**
 * Proves to an endpoint who the gateway is: the extension point `authenticate.outbound`. Which one is used is named by
 * the endpoint. It adds headers, writes into the envelope, or says what TLS shows.
 */
export interface OutboundAuthenticator {
  readonly name: string;
  /** One sentence: what it does. */
  readonly summary: string;
  /** The secrets that it cannot do without. */
  readonly needs: readonly (keyof EndpointSecrets)[];
  /** True when it exposes a secret on a clear-text connection. */
  readonly exposesSecret: boolean;
  /** SOAP only: there is no envelope in a download to write into. */
  readonly soapOnly: boolean;
  /** Has as long as the endpoint has to answer (its time-out), 60 s at most: then the attempt has failed without it. */
  authenticate(request: OutboundRequest, now: Date): void | Promise<void>;
  /** Throws what `authenticate` would for secrets that it has all of and cannot use: asked when an endpoint is set. No I/O. */
  readonly checkSecrets?: (secrets: EndpointSecrets) => void;
  /** The certificate and key that TLS shows, of one that proves itself there. */
  tlsClient?(secrets: EndpointSecrets): { key: string; certificate: string };
}

/** What came of one attempt. */
export interface OutboundAttempt {
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly status?: number;
  /** The content type of the answer, where there was one to read; empty where it says none. */
  readonly answerType?: string;
  readonly problem?: Problem;
}

/**
 * What came of a call, all attempts together. `sent` and `received` are the octets that went over the wire, without the
 * secrets of the endpoint, for the journal; no message of a problem has them either. `answer` is as it came: not to be shown.
 */
export interface OutboundResult {
  readonly attempts: readonly OutboundAttempt[];
  readonly sent: Buffer;
  readonly received?: Buffer;
  readonly status?: number;
  /** Why it did not succeed; absent when it did. */
  readonly problem?: Problem;
  /** The answer's body element as plain values, of a SOAP call that succeeded. */
  readonly answer?: unknown;
}

/**
 * A mistake of ours in the middle of a call: what had been done by then, for the journal, since bytes may have left. The
 * mistake itself is the cause.
 */
export class CallDefect extends Error {
  override readonly name = 'CallDefect';
  readonly result: OutboundResult;

  constructor(result: OutboundResult, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.result = result;
  }
}

/**
 * Calls endpoints. Never throws for what the other side does: that is a `problem` of the result. A mistake of ours is thrown
 * as CallDefect once there were attempts.
 */
export interface OutboundCaller {
  /** Calls one operation of a contract that we publish or consume (`bdems`, `oms`...) by its name, with its body as plain values. */
  call(endpoint: Endpoint, secrets: EndpointSecrets, call: OutboundCall): Promise<OutboundResult>;
  /**
   * Fetches a file as a stream into `sink`, of at most `limitBytes`. The sink ends only when the file is whole; it is
   * destroyed where the file breaks off, and left alone by a call that fails before. The credentials of the endpoint go to
   * its own origin only. What is written is not fetched again. Rejects when the sink fails.
   *
   * @param from the sink is given what follows this byte: by a range request, or of a server that knows none by leaving out what comes before
   */
  download(
    endpoint: Endpoint,
    secrets: EndpointSecrets,
    address: string,
    limitBytes: number,
    sink: NodeJS.WritableStream,
    from?: number,
  ): Promise<OutboundResult>;
  /**
   * Says what is wrong with an endpoint, step by step, and stops at the first step that fails: address, name, addresses
   * allowed, connection, TLS, authentication, SOAP. Changes nothing on the other side. Two messages at most, under one
   * identifier: as a call has it, and the same without credentials; `result` has the attempts of both.
   */
  test(endpoint: Endpoint, secrets: EndpointSecrets, messageIdentifier: string): Promise<EndpointTest>;
}

export interface OutboundCall {
  readonly contract: string;
  readonly operation: string;
  readonly body: Record<string, unknown>;
  readonly messageIdentifier: string;
}

export interface EndpointTest {
  readonly steps: readonly { readonly step: string; readonly ok: boolean; readonly detail: string }[];
  readonly problem?: Problem;
  readonly result?: OutboundResult;
}
