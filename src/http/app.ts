import express, { type Express, type Router } from 'express';
import helmet from 'helmet';
import { createFileDoor } from './files/sis-files.ts';
import { sourceSystemSender, type SourceSystemSenders } from './files/sender.ts';
import type { HttpLog } from './http-log.ts';
import type { Gateway } from '../pipeline/ports.ts';
import { createApiRouter } from './api/router.ts';
import { apiRoutes } from './api/routes/index.ts';
import type { ApiServices } from './api/services.ts';
import type { Metrics } from './metrics.ts';
import { notFound } from './not-found.ts';
import { createTokenEndpoint, type TokenEndpointOptions } from './oauth2-token.ts';
import { createOperationRoutes, type Readiness } from './operation-routes.ts';
import { answerErrors } from './problem-body.ts';
import { recordCalls } from './record-calls.ts';
import type { RecordDialect } from './record-dialect.ts';
import { createRecordDoor } from './record-door.ts';
import type { RemoteOf } from './remote.ts';
import type { RestDialect } from './rest-dialect.ts';
import { createRestDoor } from './rest-door.ts';
import { createSite } from './site.ts';

export interface HttpAppOptions {
  /** The pipeline; best as `metrics.meter(gateway)`, for both doors alike. */
  readonly gateway: Gateway;
  /** Serves the addresses of the SOAP services and passes on all others. */
  readonly soapDoor: Router;
  readonly restDialect: RestDialect;
  /** Of bare XML, each at its own address. */
  readonly recordDialects: readonly RecordDialect[];
  /** Absent where no authenticator takes access tokens. */
  readonly tokenIssuer?: TokenEndpointOptions['issuer'];
  readonly services: Omit<ApiServices, 'gateway'>;
  /** Who may send files: the chain of the doors, and the source systems. */
  readonly senders: Omit<SourceSystemSenders, 'remoteOf'>;
  readonly uploadLimitBytes: number;
  /** Drops what this process remembers of the configuration of an organization, or of all. */
  readonly forgetConfiguration: (organizationId?: number) => void;
  readonly remoteOf: RemoteOf;
  /** Tokens may come in clear text from beyond this machine. */
  readonly allowClearText: boolean;
  readonly bodyLimitBytes: number;
  readonly metrics: Metrics;
  /** Opens /metrics from beyond this machine. */
  readonly metricsToken?: string;
  readonly readiness: () => Promise<Readiness>;
  /** The product's version. */
  readonly version: string;
  readonly log: HttpLog;
}

/**
 * The whole HTTP interface: SOAP services, /sis/v1 and /oauth2/token for source systems, /api/v1 for administrators and the LMS, the pages
 * that document them, and what operators look at.
 */
export function createHttpApp(options: HttpAppOptions): Express {
  const { gateway, soapDoor, restDialect, recordDialects, services, remoteOf, allowClearText, bodyLimitBytes, log } =
    options;
  const { metrics, metricsToken, readiness, version, tokenIssuer } = options;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  // Before the SOAP door, which refuses all other XML that is posted below its addresses.
  app.use(createRecordDoor({ gateway, dialects: recordDialects, remoteOf, bodyLimitBytes, log }));
  // Before the rest, because it is the busiest: it sets the headers that it needs.
  app.use(soapDoor);
  app.use(safeHeaders);
  const { uploadLimitBytes: limitBytes } = options;
  app.use(
    createFileDoor({
      intake: services.files,
      problems: (...of) => services.administration.runs.problems(...of),
      senderOf: sourceSystemSender({ ...options.senders, remoteOf }),
      limitBytes,
      log,
    }),
  );
  app.use(createRestDoor({ gateway, dialect: restDialect, remoteOf, bodyLimitBytes, log }));
  if (tokenIssuer !== undefined) app.use(createTokenEndpoint({ issuer: tokenIssuer, remoteOf, log }));
  app.use(
    createApiRouter({
      routes: apiRoutes,
      services: { ...services, gateway },
      forgetConfiguration: options.forgetConfiguration,
      remoteOf,
      allowClearText,
      uploadLimitBytes: limitBytes,
      log,
    }),
  );
  app.use(
    createOperationRoutes({
      readiness,
      metrics,
      remoteOf,
      log,
      ...(metricsToken === undefined ? {} : { metricsToken }),
    }),
  );
  app.use(createSite({ calls: [...restDialect.calls, ...recordCalls(recordDialects)], version }));
  app.use(notFound, answerErrors({ challenge: 'Bearer realm="passerelle"', log }));
  return app;
}

/** Our pages run no script and load nothing but their own style; everything else is data. */
const safeHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Of this host alone: what other hosts of the domain do is not ours to decide. Browsers heed it over TLS only.
  strictTransportSecurity: { maxAge: 15_552_000, includeSubDomains: false },
  referrerPolicy: { policy: 'no-referrer' },
});
