import { timingSafeEqual } from 'node:crypto';
import express, { type Request, type Router } from 'express';
import { GatewayError } from '../domain/problem.ts';
import type { HttpLog } from './http-log.ts';
import type { Metrics } from './metrics.ts';
import { methodNotAllowed } from './not-found.ts';
import { plainHeaders } from './plain-headers.ts';
import { answerErrors } from './problem-body.ts';
import { type RemoteOf, wasForwarded } from './remote.ts';

/** Whether the gateway can do its work, and each thing that it needs for that. */
export interface Readiness {
  readonly ready: boolean;
  /** `database` -> `ok`, or what is wrong in words that may be shown to anybody. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface OperationOptions {
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  /** Opens /metrics from beyond this machine; without it, only this machine itself may read them. */
  readonly metricsToken?: string;
  readonly remoteOf: RemoteOf;
  readonly log: Pick<HttpLog, 'info' | 'error'>;
}

/** For whoever runs the gateway: is it alive, can it work, what does it do. */
export function createOperationRoutes(options: OperationOptions): Router {
  const router = express.Router();
  router.use(['/healthz', '/readyz', '/metrics'], (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  router
    .route('/healthz')
    .get((_request, response) => void response.json({ status: 'ok' }))
    .all(methodNotAllowed(['GET']));
  router
    .route('/readyz')
    .get(async (_request, response) => {
      const { ready, checks } = await options.readiness();
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready', checks });
    })
    .all(methodNotAllowed(['GET']));
  router
    .route('/metrics')
    .get(async (request, response) => {
      requireObserver(request, options);
      response.setHeader('Content-Type', options.metrics.contentType);
      response.end(await options.metrics.text());
    })
    .all(methodNotAllowed(['GET']));
  router.use(
    ['/healthz', '/readyz', '/metrics'],
    answerErrors({ challenge: 'Bearer realm="passerelle metrics"', log: options.log }),
  );
  return router;
}

/** Behind a proxy that nobody declared, everybody seems to come from this machine: then the token decides alone. */
function requireObserver(request: Request, { metricsToken, remoteOf }: OperationOptions): void {
  if (metricsToken !== undefined && isSame(plainHeaders(request).authorization, `Bearer ${metricsToken}`)) return;
  if (remoteOf(request).loopback && !wasForwarded(request)) return;
  throw metricsToken === undefined
    ? new GatewayError('forbidden', 'Metrics are for this machine only, unless the operator sets a token for them.')
    : new GatewayError('credentials_missing', 'Send the token that the operator set for metrics.');
}

function isSame(sent: string | undefined, expected: string): boolean {
  const [left, right] = [Buffer.from(sent ?? ''), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
