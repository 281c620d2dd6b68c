/** A layer is a folder of `src`, or one of the files that stand alone there. */
export type Arrows = Record<string, readonly string[]>;

/**
 * Which layers each layer may import: main -> app, cli -> http, outbound, runs, dialects, handlers, auth -> pipeline -> domain;
 * state -> domain. A layer that is missing here may not exist.
 */
export const arrows: Arrows = {
  domain: [],
  pipeline: ['domain'],
  formats: ['pipeline', 'domain'],
  postgres: [],
  state: ['domain', 'postgres'],
  auth: ['pipeline', 'domain', 'formats'],
  handlers: ['pipeline', 'domain'],
  dialects: ['pipeline', 'domain', 'formats'],
  // Feeds for tests and trials: no part of the gateway, and never given what it holds.
  generate: ['formats', 'domain'],
  http: ['pipeline', 'domain', 'formats', 'config', 'log'],
  outbound: ['pipeline', 'domain', 'formats'],
  // The ways in for files.
  ways: ['pipeline', 'domain', 'formats', 'log'],
  // Who is told of what, and who has fallen silent.
  notices: ['pipeline', 'domain', 'formats', 'log'],
  runs: ['pipeline', 'domain', 'formats', 'state', 'config', 'log'],
  config: ['settings', 'log', 'domain'],
  settings: ['log', 'domain'],
  log: [],
  app: [
    'http',
    'outbound',
    'runs',
    'ways',
    'notices',
    'dialects',
    'handlers',
    'auth',
    'pipeline',
    'state',
    'postgres',
    'formats',
    'domain',
    'config',
    'log',
  ],
  cli: [
    'app',
    'generate',
    'http',
    'dialects',
    'auth',
    'pipeline',
    'state',
    'postgres',
    'formats',
    'domain',
    'config',
    'settings',
    'log',
  ],
  main: ['cli', 'app', 'config', 'log'],
  // What plug-ins see, and the kits with which they test themselves.
  index: ['pipeline', 'domain', 'formats'],
  testing: ['index', 'pipeline', 'domain', 'formats', 'postgres'],
};

/** Layers whose parts are strangers to each other: one dialect never imports another. */
export const separateParts: readonly string[] = ['dialects'];

/** SQL lives in `state`, and the machinery that runs the server in `postgres`: nobody else speaks to the database. */
export const packageOwners: Record<string, readonly string[]> = {
  pg: ['state', 'postgres', 'testing', 'app', 'cli'],
  kysely: ['state', 'postgres', 'testing'],
  express: ['http'],
  soap: ['formats', 'outbound', 'dialects', 'app', 'cli'],
  undici: ['outbound', 'cli'],
  nodemailer: ['outbound'],
  ssh2: ['ways', 'auth', 'outbound', 'app'],
};
