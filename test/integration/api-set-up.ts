import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSealer } from '../../src/auth/seal.ts';
import { type Scope, scopes as allScopes } from '../../src/auth/scopes.ts';
import { createEndpoints, type Endpoints } from '../../src/app/endpoints.ts';
import { startFetches } from '../../src/app/fetches.ts';
import { createFiles } from '../../src/app/files.ts';
import { createNotices, type LiveNotices } from '../../src/app/notices.ts';
import type { Outbound } from '../../src/app/outbound.ts';
import { recordDialects } from '../../src/app/record-dialects.ts';
import { replayOf } from '../../src/app/replay.ts';
import { sisRest } from '../../src/dialects/sis-rest/index.ts';
import { uuidv7 } from '../../src/domain/ids.ts';
import { linkNames } from '../../src/domain/access.ts';
import type { Sealer } from '../../src/domain/access.ts';
import type { Administration, Editor } from '../../src/domain/administration/index.ts';
import { shippedHandlers } from '../../src/handlers/index.ts';
import { createHttpApp } from '../../src/http/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createSoapDoor } from '../../src/http/soap-door.ts';
import { loadSoapEndpoints, soapPrefixes } from '../../src/app/soap-endpoints.ts';
import { shippedPlugins, shippedPoints } from '../../src/app/shipped-plugins.ts';
import { createRemoteOf } from '../../src/http/remote.ts';
import { createGateway } from '../../src/pipeline/gateway.ts';
import { createCompiledLists, createRegistry, type Plugin } from '../../src/pipeline/plugins/index.ts';
import { createFileSettingsStore } from '../../src/state/uploads/file-settings-store.ts';
import type { WebhookPoster } from '../../src/pipeline/notice-ports.ts';
import type { FileFetcher } from '../../src/pipeline/file-fetcher.ts';
import type { RunRequest } from '../../src/pipeline/intake.ts';
import type { LiveIntake } from '../../src/ways/intake.ts';
import { claimNonces } from '../../src/state/access/nonces.ts';
import { createAdministration } from '../../src/state/admin/create-administration.ts';
import { createStore, type LiveStore } from '../../src/state/create-store.ts';
import { readGroupTypes } from '../../src/state/group-types.ts';
import { tryCommands } from '../../src/state/try-commands.ts';
import { createSourceSystemLookup, type SourceSystemLookup } from '../../src/state/source-system-lookup.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createAccess, sealingKey } from './access-set-up.ts';
import { checkAnswer } from './check-answer.ts';
import { createFakeCaller, type FakeCaller, fakeAuthenticators } from './fake-caller.ts';

/** A whole gateway without its SOAP door, on a database of its own, over real HTTP. */
export interface ApiWorld {
  readonly url: string;
  readonly database: TestDatabase;
  readonly administration: Administration;
  readonly store: LiveStore;
  readonly sources: SourceSystemLookup;
  readonly sealer: Sealer;
  readonly access: ReturnType<typeof createAccess>;
  readonly operator: Client;
  /** Stands for every SIS that is called. */
  readonly caller: FakeCaller;
  readonly endpoints: Endpoints;
  readonly files: LiveIntake;
  readonly notices: LiveNotices;
  /** The runs that were requested. */
  readonly runs: RunRequest[];
  /** Everything that was logged. */
  readonly logged: { level: string; fields: Record<string, unknown>; message: string }[];
  /** A client with a token of its own. */
  client(organizationId: number | null, scopes?: readonly Scope[], headers?: Record<string, string>): Promise<Client>;
  tenant(code: string, preset?: string): Promise<Tenant>;
  close(): Promise<void>;
}

/** An organization with types, roles, one source system `sis` with its maps, a login, and an administrator. */
export interface Tenant {
  readonly id: number;
  readonly code: string;
  readonly editor: Editor;
  readonly admin: Client;
  /** Speaks as the source system. */
  readonly sis: Client;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
}

/** What tests read of bodies; that they are as documented is checked of every answer. */
export interface Body {
  [field: string]: unknown;
  items: Body[];
  next?: string;
  outcomes: Body[];
  problems: { code: string; at?: string; message: string }[];
  fields: Record<string, unknown>;
  links: { sourceSystem: string; sourcedId: string; kind: string }[];
  overrides: { field: string; value: unknown; wins: boolean }[];
  messageId: string;
  id: string;
  lmsId: string;
  code: string;
  message: string;
  status: string;
  version: number;
  cursor: string;
  kind: string;
  sourcedId: string;
  sourceSystem: string;
  sisRole: string;
  effectiveOptions: Record<string, unknown>;
  token: string;
  secret: string;
}

export interface Client {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, headers?: Record<string, string>): Promise<Answer>;
}

const types = {
  department: 'department',
  semester: 'semester',
  template: 'course_template',
  offering: 'course_offering',
  section: 'course_section',
  group: 'group',
} as const;
const typeMap = {
  DEPARTMENT: 'department',
  TERM: 'semester',
  CourseTemplate: 'template',
  CourseOffering: 'offering',
  CourseSection: 'section',
  SectionAssociation: 'offering',
};
const roleMap = { Instructor: 'teacher', Learner: 'student', Student: 'student', Faculty: 'teacher' };

export async function createApiWorld(
  settings: {
    trustedProxies?: string[];
    metricsToken?: string;
    bodyLimitBytes?: number;
    uploadQuotaBytes?: number;
    ready?: () => boolean;
    /** Calls endpoints in the place of the fake. */
    outbound?: Pick<Outbound, 'caller' | 'authenticators'>;
    /** Fetches files; without it, addresses are only kept. */
    fetcher?: FileFetcher;
    /** Delivers notices; without it, subscriptions are only kept. */
    notices?: {
      webhooks: WebhookPoster;
      config?: Partial<Parameters<typeof createNotices>[0]>;
      giveUpAfterMs?: number;
    };
    /** Beside those that are shipped. */
    plugins?: readonly Plugin[];
  } = {},
): Promise<ApiWorld> {
  const database = await createTestDatabase();
  const { pool } = database;
  const access = createAccess(pool);
  const sealer = createSealer(sealingKey);
  const logged: ApiWorld['logged'] = [];
  const log = logInto(logged);
  const store = createStore({ pool, sealer, claimNonces, log });
  const administration = createAdministration({ pool, store, sealer });
  const sources = createSourceSystemLookup(pool);
  const registry = createRegistry(shippedPoints, [...shippedPlugins, ...(settings.plugins ?? [])]);
  const lists = createCompiledLists(registry, log);
  const plain = createGateway({
    authenticate: (message) => access.chain.authenticate(message),
    sourceSystem: (organizationId, id) => sources.get(organizationId, id),
    handlers: shippedHandlers,
    lists,
    groupTypes: (source, sourcedIds) => readGroupTypes(pool, source, sourcedIds),
    store,
    log,
  });
  const caller = createFakeCaller();
  const endpoints = createEndpoints(
    administration,
    settings.outbound ?? { caller, authenticators: fakeAuthenticators },
    log,
  );
  const runs: RunRequest[] = [];
  const files = createFiles(
    {
      uploadLimitBytes: 8 * 1_048_576,
      uploadQuotaBytes: settings.uploadQuotaBytes ?? 1_000_000_000,
      uploadExpiryH: 1,
      uploadKeepDays: 30,
      uploadsAtOnce: 16,
    },
    pool,
    sealer,
    (request) => {
      runs.push(request);
      return Promise.resolve(uuidv7());
    },
    (() => log) as never,
  );
  const stops: (() => unknown)[] = [];
  const fetches = startFetches(
    { uploadLimitBytes: 8 * 1_048_576 },
    pool,
    sealer,
    settings.fetcher ?? { fetch: () => Promise.resolve({ is: 'unchanged' }) },
    files,
    (() => log) as never,
    { add: (_, release) => void stops.unshift(release), releaseAll: () => Promise.resolve() },
    settings.fetcher === undefined ? { everyMs: 3_600_000 } : { everyMs: 200, slowAfterMs: 1_000 },
  );
  const notices = createNotices(
    { allowClearText: false, ...settings.notices?.config } as Parameters<typeof createNotices>[0],
    {
      pool,
      sealer,
      webhooks: settings.notices?.webhooks ?? { post: () => Promise.resolve({ is: 'sent' }) },
      logs: (() => log) as never,
    },
    { lookMs: 50, watchMs: 50, ...settings.notices },
  );
  const stopping = {
    add: (_: string, release: () => unknown) => void stops.unshift(release),
    releaseAll: () => Promise.resolve(),
  };
  if (settings.notices !== undefined) notices.start(stopping);
  const metrics = createMetrics({
    queueDepth: () => store.depth(),
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  });
  const app = createHttpApp({
    gateway: metrics.meter(plain),
    soapDoor: createSoapDoor({
      gateway: metrics.meter(plain),
      endpoints: await loadSoapEndpoints(lists),
      prefixes: soapPrefixes,
      bareAddresses: ['/enterprise', '/lis/record'],
      limits: { bodyBytes: settings.bodyLimitBytes ?? 1_000_000 },
      remoteOf: createRemoteOf(settings.trustedProxies ?? []),
      log: log as never,
    }),
    restDialect: sisRest,
    recordDialects: recordDialects(lists),
    tokenIssuer: access.tokenIssuer,
    services: {
      administration,
      tokens: access.apiTokens,
      credentials: access.credentials,
      lockouts: access.lockout,
      accessPolicies: access.policies,
      extensionPoints: {
        registry,
        lists,
        inbound: linkNames.map((name) => ({ name, role: 'identify' })),
        sourceSystem: (organizationId, id) => sources.get(organizationId, id),
        groupTypes: (source, sourcedIds) => readGroupTypes(pool, source, sourcedIds),
        always: shippedHandlers,
        tryCommands: (source, commands) => tryCommands(pool, source, commands),
        log,
      },
      endpoints,
      files,
      fileSettings: createFileSettingsStore({ pool }),
      fetches,
      notices,
      sftp: () => ({ port: 2222, fingerprints: ['SHA256:none'] }),
      replayOf: (stored) => replayOf(stored, lists),
      meaningOf: (stored, traced) => replayOf(stored, traced, true),
    },
    forgetConfiguration: (organizationId) => {
      sources.invalidate(organizationId);
    },
    senders: {
      authenticate: (message) => access.chain.authenticate(message),
      sourceSystem: (organizationId, id) => sources.get(organizationId, id),
    },
    uploadLimitBytes: 8 * 1_048_576,
    remoteOf: createRemoteOf(settings.trustedProxies ?? []),
    allowClearText: false,
    bodyLimitBytes: settings.bodyLimitBytes ?? 1_000_000,
    metrics,
    ...(settings.metricsToken === undefined ? {} : { metricsToken: settings.metricsToken }),
    readiness: () => {
      const ready = settings.ready?.() ?? true;
      return Promise.resolve({ ready, checks: { database: ready ? 'ok' : 'away' } });
    },
    version: '0.0.0-test',
    log,
  });
  const { server, url } = await listen(app);

  const client: ApiWorld['client'] = async (organizationId, scopes = allScopes, headers = {}) => {
    const label = `test ${scopes.join(' ')}`;
    const { token } = await access.apiTokens.createToken({ label, organizationId, scopes });
    return clientOf(url, { authorization: `Bearer ${token}`, ...headers });
  };
  const tenant: ApiWorld['tenant'] = async (code, preset = 'lis') => {
    const { id } = await administration.organizations.create({ code, name: `The ${code} school` });
    const editor = { organizationId: id, actor: 'test' };
    await furnish(administration, editor, preset);
    const source = await administration.sourceSystems.get(id, 'sis');
    const userName = `${code}-sis`;
    const { secret } = await access.credentials.createCredential({
      organizationId: id,
      sourceSystemId: source.id,
      userName,
      kind: 'hashed',
    });
    const basic = Buffer.from(`${userName}:${secret}`).toString('base64');
    return { id, code, editor, admin: await client(id), sis: clientOf(url, { authorization: `Basic ${basic}` }) };
  };
  return {
    url,
    database,
    administration,
    store,
    access,
    logged,
    sources,
    sealer,
    caller,
    endpoints,
    files,
    notices,
    runs,
    operator: await client(null),
    client,
    tenant,
    async close() {
      for (const stop of stops) await stop();
      administration.close();
      server.closeAllConnections();
      server.close();
      await access.lockout.close();
      await store.close();
      await database.drop();
    },
  };
}

/** The LMS types and roles of an organization, and a source system whose words they are mapped to. */
async function furnish(administration: Administration, editor: Editor, preset: string): Promise<void> {
  for (const [code, base] of Object.entries(types)) {
    await administration.orgUnitTypes.create(editor, { code, name: code, base });
  }
  await administration.roles.create(editor, { code: 'teacher', name: 'Teacher', rank: 10, allSections: true });
  await administration.roles.create(editor, { code: 'student', name: 'Student', rank: 20, allSections: false });
  const source = { code: 'sis', name: 'SIS', preset, rank: 100, state: 'enabled', options: {} } as const;
  await administration.sourceSystems.create(editor, source);
  const typeEntries = Object.entries(typeMap).map(([sisType, type]) => ({ sisType, type }));
  await administration.orgUnitTypeMaps.replace(editor, 'sis', typeEntries, {});
  const roleEntries = Object.entries(roleMap).map(([sisRole, role]) => ({ sisRole, role }));
  await administration.roleMaps.replace(editor, 'sis', roleEntries, {});
}

export function clientOf(url: string, headers: Record<string, string> = {}): Client {
  const call = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
    const answer: Answer = {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : { text }) as Body,
    };
    checkAnswer(method, path, answer);
    return answer;
  };
  return {
    get: (path, more) => call('GET', path, undefined, more),
    post: (path, body, more) => call('POST', path, body, more),
    put: (path, body, more) => call('PUT', path, body, more),
    patch: (path, body, more) => call('PATCH', path, body, more),
    delete: (path, more) => call('DELETE', path, undefined, more),
  };
}

async function listen(app: Parameters<typeof createServer>[1]): Promise<{ server: Server; url: string }> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function logInto(logged: ApiWorld['logged']) {
  const at = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, fields: fields as Record<string, unknown>, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
