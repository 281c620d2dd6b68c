import { pino, type Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The level of everything, and of the modules that differ. */
export type LogLevels = { readonly level: LogLevel; readonly modules: Readonly<Record<string, LogLevel>> };

/**
 * A log of one module. Messages are constant strings, what varies stands in fields. `error` means that a person must act.
 */
export type Log = Logger;

export type LogOptions = {
  /** Standard output, unless there is another one. */
  readonly destination?: { write(line: string): void };
  /** Fields that are added to every line. */
  readonly fields?: () => object;
};

/** Gives each module its log, at its level. */
export type Logs = (module: string) => Log;

/**
 * JSON lines on standard output. Secrets are kept out by name, here, for the whole process: whatever a caller logs by
 * mistake under these names is not written.
 */
export function createLogs({ level, modules }: LogLevels, { destination, fields }: LogOptions = {}): Logs {
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: (line: object) => withoutSecrets(line, 0) },
    serializers: { err: (error: Error) => withoutSecrets(pino.stdSerializers.err(error), 1) },
    ...(fields === undefined ? {} : { mixin: fields }),
  };
  const root = destination === undefined ? pino(options) : pino(options, destination);
  root.level = level;
  return (module) => root.child({ module }, { level: modules[module] ?? level });
}

const secretNames = new Set([
  'password',
  'secret',
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'client_secret',
  'access_token',
  'cookie',
  'set-cookie',
  'token',
]);

/**
 * The fields of a line, or of an object in it up to two levels below (`request.headers.cookie`). A walk of our own: pino's
 * `redact` with paths for three levels takes a twelfth of the time that a message costs.
 */
function withoutSecrets(fields: object, level: number): Record<string, unknown> {
  let clean: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    const shown = secretNames.has(name) ? '[secret]' : level < 2 ? walked(value, level + 1) : value;
    if (shown !== value) (clean ??= { ...fields })[name] = shown;
  }
  return clean ?? (fields as Record<string, unknown>);
}

function walked(value: unknown, level: number): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => walked(item, level));
  // Errors have a serializer; what else is no plain object writes itself.
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? withoutSecrets(value, level) : value;
}

/** Reads `info,soap=debug`; gives what is wrong with it, in words, when it cannot. */
export function parseLogLevels(text: string): LogLevels | string {
  const modules: Record<string, LogLevel> = {};
  let level: LogLevel | undefined;
  for (const entry of text.split(',').map((part) => part.trim().toLowerCase())) {
    const [name = '', value, ...rest] = entry.split('=');
    const wanted = value ?? name;
    if (!isLogLevel(wanted) || rest.length > 0)
      return `holds "${entry}"; write a level (${logLevels.join(', ')}) or module=level`;
    if (value !== undefined) modules[name] = wanted;
    else if (level === undefined) level = wanted;
    else return `names two levels for everything, ${level} and ${wanted}`;
  }
  return { level: level ?? 'info', modules };
}

function isLogLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text);
}
