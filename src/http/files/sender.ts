import type { Request, Response } from 'express';
import { GatewayError } from '../../domain/problem.ts';
import type { AuthenticatedMessage, Message, SourceSystem } from '../../pipeline/ports.ts';
import { plainHeaders } from '../plain-headers.ts';
import { messageIdOf } from '../problem-body.ts';
import type { RemoteOf } from '../remote.ts';

/** Whose file it is, and who sends it. */
export interface FileSender {
  readonly organizationId: number;
  readonly sourceSystemId: number;
  readonly receivedFrom: string;
}

/** Throws what its door throws of somebody who may not send. */
export type SenderOf = (request: Request, response: Response) => Promise<FileSender>;

export interface SourceSystemSenders {
  readonly authenticate: (message: Message) => Promise<AuthenticatedMessage>;
  readonly sourceSystem: (organizationId: number, id: number) => Promise<SourceSystem | undefined>;
  readonly remoteOf: RemoteOf;
}

/**
 * Source systems with their own credentials: the same chain as for messages. It judges before the body has come, so what proves
 * itself by the body, or is claimed with the message, cannot be used here.
 *
 * @throws GatewayError what the chain throws; `source_system_disabled`; `credentials_invalid` for a signature over the body
 */
export function sourceSystemSender({ authenticate, sourceSystem, remoteOf }: SourceSystemSenders): SenderOf {
  return async (request, response) => {
    const { principal, nonces } = await authenticate({
      id: messageIdOf(response),
      receivedAt: new Date(),
      door: 'rest',
      method: request.method,
      path: request.originalUrl,
      operation: `${request.method} files`,
      headers: plainHeaders(request),
      body: Buffer.alloc(0),
      remote: remoteOf(request),
    });
    if (nonces.length > 0) {
      throw new GatewayError(
        'credentials_invalid',
        `Files cannot be sent with credentials that are good for one message (${principal.mechanism}): use HTTP Basic, an API key, an access token or a TLS client certificate.`,
      );
    }
    const source = await sourceSystem(principal.organizationId, principal.sourceSystemId);
    if (source?.state !== 'enabled' && source?.state !== 'validate') throw disabled();
    return {
      organizationId: principal.organizationId,
      sourceSystemId: principal.sourceSystemId,
      receivedFrom: principal.userName,
    };
  };
}

function disabled(): GatewayError {
  return new GatewayError(
    'source_system_disabled',
    'The source system is disabled; nothing was kept. Ask the administrator of the gateway to enable it, then send the file again.',
  );
}
