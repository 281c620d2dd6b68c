import type { RequestListener } from 'node:http';
import type pg from 'pg';
import { type Access, createAccess } from './app/access.ts';
import { startBackground } from './app/background.ts';
import { checkDatabase } from './app/check-database.ts';
import { openDatabase } from './app/database.ts';
import { checkKey } from './app/check-key.ts';
import { type DemoAccount, setUpDemo } from './app/demo/set-up-demo.ts';
import { notingSender, withRequestContext } from './app/log-context.ts';
import { createEndpoints, type Endpoints } from './app/endpoints.ts';
import { startBulkExchanges } from './app/bulk-exchanges.ts';
import { startFetches } from './app/fetches.ts';
import { createFiles, lookAfterFiles } from './app/files.ts';
import { createNotices } from './app/notices.ts';
import type { NoticeService } from './http/api/services.ts';
import { createOutbound } from './app/outbound.ts';
import { watchFolders } from './app/watched-folders.ts';
import { createReadiness, type ReadinessProbe } from './app/readiness.ts';
import { loadSoapEndpoints, soapPrefixes } from './app/soap-endpoints.ts';
import { createReleases, type Releases } from './app/releases.ts';
import { loadPlugins } from './app/plugins.ts';
import { recordDialects } from './app/record-dialects.ts';
import { replayOf } from './app/replay.ts';
import { announceGateway } from './app/running.ts';
import { createHelpers, startRuns } from './app/runs.ts';
import { prepareSchema } from './app/schema.ts';
import { createSealerFor } from './app/sealer.ts';
import {
  findSealingKey,
  makeSealingKey,
  prepareKeyFolder,
  type SealingKey,
  sealingKeyFile,
} from './app/sealing-key.ts';
import { startServer } from './app/server.ts';
import { type SftpInfo, startSftp } from './app/sftp.ts';
import { createState, type State } from './app/state.ts';
import { productVersion } from './app/version.ts';
import type { Config } from './config.ts';
import { sisRest } from './dialects/sis-rest/index.ts';
import { shippedHandlers } from './handlers/index.ts';
import { createHttpApp } from './http/app.ts';
import { createMetrics } from './http/metrics.ts';
import { createRemoteOf } from './http/remote.ts';
import { createSoapDoor } from './http/soap-door.ts';
import type { Logs } from './log.ts';
import { createGateway } from './pipeline/gateway.ts';
import { type CompiledLists, createCompiledLists, type Registry } from './pipeline/plugins/index.ts';
import type { AuthenticatedMessage, Gateway, Message } from './pipeline/ports.ts';
import { readGroupTypes } from './state/group-types.ts';
import { tryCommands } from './state/try-commands.ts';
import { createFileSettingsStore } from './state/uploads/file-settings-store.ts';
import { createRunStore } from './state/runs/run-store.ts';
import type { Fetches } from './ways/fetch/fetches.ts';
import type { LiveIntake } from './ways/intake.ts';
import { listenForChanges } from './state/notifications.ts';
import { createSourceSystemLookup, type SourceSystemLookup } from './state/source-system-lookup.ts';

export type App = {
  /** For people on this machine: `http://localhost:8080`. */
  readonly url: string;
  readonly account: DemoAccount;
  readonly key: SealingKey;
  /** Resolves when it cannot go on by itself: the embedded Postgres is lost. */
  readonly failed: Promise<'failed'>;
  reloadCertificate(): Promise<void>;
  /** Finishes what was accepted and stops everything, last started first. */
  close(): Promise<void>;
};

/**
 * Composes the gateway and starts it. What was started is stopped again when a later part fails.
 *
 * @throws StartError, EmbeddedPostgresError, SchemaTooNewError: in words for the operator.
 */
export async function createApp(config: Config, logs: Logs): Promise<App> {
  const releases = createReleases(logs('app'));
  try {
    return await start(config, logs, releases);
  } catch (error) {
    await releases.releaseAll();
    throw error;
  }
}

/** In the order in which parts need each other; `releases` stops them in the reverse order. */
async function start(config: Config, logs: Logs, releases: Releases): Promise<App> {
  const lost = Promise.withResolvers<'failed'>();
  // Before anything is made: a wrong list of plug-ins leaves no trace.
  const registry = await loadPlugins(config, logs('plugins'), releases);
  const found = await findSealingKey(config.key, config.varFolder);
  if (found === undefined) await prepareKeyFolder(config.varFolder);
  const database = await openDatabase(config, logs('postgres'), releases, {
    attach: false,
    onLost: (error) => {
      logs('postgres').fatal({ err: error }, 'the embedded Postgres could not be started again');
      lost.resolve('failed');
    },
  });
  const { pool } = database;
  await checkDatabase(pool, logs('postgres'));
  const applied = await prepareSchema(pool, config);
  if (applied.length > 0) logs('app').info({ applied }, 'the schema was brought up to date');

  await checkKey(
    pool,
    found && createSealerFor(found, config),
    sealingKeyFile(config.varFolder),
    config.lostKeys,
    logs('app'),
  );
  const key = found ?? (await makeSealingKey(config.varFolder));
  const sealer = createSealerFor(key, config);

  const state = createState(config, database, sealer, logs, releases);
  const access = createAccess(config, pool, sealer, logs('auth'), releases, registry.authenticators);
  const sources = createSourceSystemLookup(pool);
  const lists = createCompiledLists(registry, logs('plugins'));
  const authenticate = notingSender((message) => access.chain.authenticate(message), sources);
  const gateway = createGateway({
    authenticate,
    sourceSystem: (organizationId, id) => sources.get(organizationId, id),
    handlers: shippedHandlers,
    lists,
    groupTypes: (source, sourcedIds) => readGroupTypes(pool, source, sourcedIds),
    store: state.store,
    log: logs('pipeline'),
  });
  const outbound = createOutbound(config, registry, logs);
  const endpoints = createEndpoints(state.administration, outbound, logs('outbound'));
  await followChanges(access, sources, database.connect, logs, releases);
  startBackground(config, pool, state, sources, logs, releases);
  const requests = createRunStore(pool, () => state.runsWait.ring());
  const files = createFiles(config, pool, sealer, (request) => requests.request(request), logs);
  lookAfterFiles(files, pool, logs, releases);
  watchFolders(config, pool, files, logs, releases);
  const fetches = startFetches(config, pool, sealer, outbound.fetcher, files, logs, releases);
  const { administration, exchangesWait: waits } = state;
  startBulkExchanges(config, {
    pool,
    sealer,
    endpoints,
    intake: files,
    runs: administration.runs,
    waits,
    logs,
    releases,
  });
  const sftp = await startSftp({
    config,
    pool,
    sealer,
    intake: files,
    authentication: access.sftp,
    sources,
    logs,
    releases,
  });
  const notices = createNotices(config, { pool, sealer, webhooks: outbound.webhooks, logs });
  notices.start(releases);
  const helpers = createHelpers((max) => database.openPool(max, 'passerelle runs'));
  const runs = startRuns({ pool, helpers, sealer, sources, lists, logs });
  state.runsWait.listen(() => runs.wake());
  releases.add('runs', () => runs.stop());
  const readiness = createReadiness(pool);
  const http = await createHttp(config, logs, {
    gateway,
    access,
    state,
    endpoints,
    files,
    sftp,
    fetches,
    notices,
    authenticate,
    pool,
    registry,
    lists,
    sources,
    readiness,
  });
  const server = await startServer(http, httpSettings(config), logs('http'));
  releases.add('HTTP server', () => {
    readiness.stop();
    state.answerWaiting();
    return server.close(config.shutdownGraceS * 1_000);
  });
  // After the port is ours: credentials that are shown once must not be made by a start that fails.
  const account = await setUpDemo({ ...access, ...state, config, pool, sealer, gateway, log: logs('app') });
  const announced = await announceGateway(config.varFolder, server.url);
  releases.add('announcement', () => announced.forget());
  logs('app').info({ url: server.url, database: database.kind, postgres: database.version }, 'serving');
  return {
    url: server.url,
    account,
    key,
    failed: lost.promise,
    reloadCertificate: () => server.reloadCertificate(),
    close: () => releases.releaseAll(),
  };
}

type Parts = {
  gateway: Gateway;
  access: Access;
  state: State;
  endpoints: Endpoints;
  files: LiveIntake;
  sftp: SftpInfo | undefined;
  fetches: Fetches;
  notices: NoticeService;
  authenticate: (message: Message) => Promise<AuthenticatedMessage>;
  pool: pg.Pool;
  registry: Registry;
  lists: CompiledLists;
  sources: SourceSystemLookup;
  readiness: ReadinessProbe;
};

async function createHttp(config: Config, logs: Logs, parts: Parts): Promise<RequestListener> {
  const { access, state, pool, readiness } = parts;
  const metrics = createMetrics({
    queueDepth: () => state.store.depth(),
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  });
  const gateway = metrics.meter(parts.gateway);
  const remoteOf = createRemoteOf(config.trustedProxies, config.clientCertificateHeader);
  const bareDialects = recordDialects(parts.lists);
  const soapDoor = createSoapDoor({
    gateway,
    remoteOf,
    endpoints: await loadSoapEndpoints(parts.lists),
    prefixes: soapPrefixes,
    bareAddresses: bareDialects.map(({ path }) => path),
    limits: { bodyBytes: config.bodyLimitBytes },
    log: logs('soap'),
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
  });
  const http = createHttpApp({
    gateway,
    soapDoor,
    remoteOf,
    metrics,
    restDialect: sisRest,
    recordDialects: bareDialects,
    services: {
      administration: state.administration,
      tokens: access.apiTokens,
      credentials: access.credentials,
      lockouts: access.lockout,
      accessPolicies: access.accessPolicies,
      extensionPoints: {
        registry: parts.registry,
        lists: parts.lists,
        inbound: access.inbound,
        sourceSystem: (organizationId, id) => parts.sources.get(organizationId, id),
        groupTypes: (source, sourcedIds) => readGroupTypes(pool, source, sourcedIds),
        always: shippedHandlers,
        tryCommands: (source, commands) => tryCommands(pool, source, commands),
        log: logs('plugins'),
      },
      endpoints: parts.endpoints,
      files: parts.files,
      fileSettings: createFileSettingsStore({ pool }),
      sftp: () => parts.sftp,
      fetches: parts.fetches,
      notices: parts.notices,
      replayOf: (stored) => replayOf(stored, parts.lists),
      meaningOf: (stored, lists) => replayOf(stored, lists, true),
    },
    forgetConfiguration: (organizationId) => {
      forgetConfiguration(parts.sources, access, organizationId);
    },
    senders: {
      authenticate: parts.authenticate,
      sourceSystem: (organizationId, id) => parts.sources.get(organizationId, id),
    },
    uploadLimitBytes: config.uploadLimitBytes,
    allowClearText: config.allowClearText,
    bodyLimitBytes: config.bodyLimitBytes,
    readiness: () => readiness.check(),
    version: productVersion(),
    log: logs('http'),
    ...(config.metricsToken === undefined ? {} : { metricsToken: config.metricsToken }),
    ...(access.tokenIssuer === undefined ? {} : { tokenIssuer: access.tokenIssuer }),
  });
  return withRequestContext(http, remoteOf);
}

/** Logins and tokens are looked up before the organization is known: of them, all are read again. */
function forgetConfiguration(sources: SourceSystemLookup, access: Access, organizationId?: number): void {
  sources.invalidate(organizationId);
  access.forgetAll();
}

/** Drops what this process remembers of the configuration as soon as it changes anywhere. */
async function followChanges(
  access: Access,
  sources: SourceSystemLookup,
  connect: () => Promise<pg.Client>,
  logs: Logs,
  releases: Releases,
): Promise<void> {
  const log = logs('notifications');
  const notifications = await listenForChanges({
    connect,
    log,
    onChange(payload) {
      sources.invalidate();
      access.changed(payload).catch((error: unknown) => log.warn({ err: error }, 'a change could not be followed'));
    },
    onGap() {
      forgetConfiguration(sources, access);
    },
  });
  releases.add('notifications', () => notifications.stop());
}

function httpSettings({ tlsCert, tlsKey, ...config }: Config) {
  const tls = tlsCert === undefined || tlsKey === undefined ? {} : { tls: { cert: tlsCert, key: tlsKey } };
  const { host, port, requestTimeoutS, keepAliveS, maxConnections, tlsClientCertificates: clientCertificates } = config;
  return { host, port, requestTimeoutS, keepAliveS, maxConnections, clientCertificates, ...tls };
}
