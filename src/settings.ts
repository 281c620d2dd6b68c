import { isIP, isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type ConfiguredLink, linkNames } from './domain/access.ts';
import { plainMailAddress } from './domain/mail-address.ts';
import { logLevels, parseLogLevels } from './log.ts';

/** The groups of settings, in the order in which they are listed. */
export const settingGroups = [
  'Serving',
  'Data',
  'Files',
  'Access',
  'Mail',
  'Operation',
  'Demonstration',
  'Command line',
] as const;

/** One setting of the environment. Without a default it is optional. */
export type Setting<Value = unknown> = {
  readonly name: string;
  readonly group: (typeof settingGroups)[number];
  /** What it does, for the operator: whole sentences, the unit included. */
  readonly meaning: string;
  readonly type: z.ZodType<Value, string>;
  /** As it would stand in the environment. */
  readonly default?: string;
  /** Never shown. */
  readonly secret?: true;
};

/** Every setting there is. Adding one here lists it in `passerelle config` and docs/settings.md. */
export const settings = {
  host: {
    name: 'HOST',
    group: 'Serving',
    meaning: 'The address to listen on. `0.0.0.0` (or `::`) listens on all, as a container must.',
    type: z.string().regex(/^[\w.:-]+$/, 'is not an address or host name'),
    default: '127.0.0.1',
  },
  port: {
    name: 'PORT',
    group: 'Serving',
    meaning: 'The port to listen on. `0` takes any free one and prints it.',
    type: wholeNumber(0, 65_535),
    default: '8080',
  },
  publicUrl: {
    name: 'PASSERELLE_PUBLIC_URL',
    group: 'Serving',
    meaning:
      'How senders reach the gateway (`https://sis.example.edu`), for WSDLs and examples. Without it, the address that a request names.',
    type: z
      .url({ protocol: /^https?$/, error: 'is not an http or https URL' })
      .transform((url) => url.replace(/\/+$/, '')),
  },
  tlsCert: {
    name: 'PASSERELLE_TLS_CERT',
    group: 'Serving',
    meaning:
      'A PEM file with the certificate and its chain: the gateway then speaks HTTPS. Read again when it changes, and at SIGHUP.',
    type: path(),
  },
  tlsKey: {
    name: 'PASSERELLE_TLS_KEY',
    group: 'Serving',
    meaning: 'The PEM file with the private key of that certificate.',
    type: path(),
  },
  trustedProxies: {
    name: 'PASSERELLE_TRUSTED_PROXIES',
    group: 'Serving',
    meaning:
      'Addresses or CIDR blocks of the reverse proxies in front, with commas. Only their `X-Forwarded-*` headers are believed.',
    type: z.string().transform(list).pipe(z.array(addressBlock())),
    default: '',
  },
  tlsClientCertificates: {
    name: 'PASSERELLE_TLS_CLIENT_CERTIFICATES',
    group: 'Serving',
    meaning:
      '`yes` asks senders for a TLS client certificate, where the gateway speaks HTTPS itself. None is refused here: what is pinned for a source system counts.',
    type: yesOrNo(),
    default: 'no',
  },
  clientCertificateHeader: {
    name: 'PASSERELLE_CLIENT_CERTIFICATE_HEADER',
    group: 'Serving',
    meaning:
      'The header in which the declared proxies pass on the TLS client certificate (`X-Client-Cert`, `Client-Cert`). They must set or remove it on every request.',
    type: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,100}$/, 'is not the name of a header')
      .transform((name) => name.toLowerCase()),
  },
  bodyLimitBytes: {
    name: 'PASSERELLE_BODY_LIMIT_BYTES',
    group: 'Serving',
    meaning: 'The largest message that is read, in bytes; a larger one is refused unread.',
    type: wholeNumber(1_024, 1_073_741_824),
    default: '2097152',
  },
  uploadLimitBytes: {
    name: 'PASSERELLE_UPLOAD_LIMIT_BYTES',
    group: 'Files',
    meaning: 'The largest file that may be uploaded, in bytes.',
    type: wholeNumber(1_024, 999_999_999_999),
    default: '4294967296',
  },
  uploadQuotaBytes: {
    name: 'PASSERELLE_UPLOAD_QUOTA_BYTES',
    group: 'Files',
    meaning: 'Bytes of uploads that are kept of one source system; further ones are refused (`quota_exceeded`).',
    type: wholeNumber(1_024, 999_999_999_999),
    default: '21474836480',
  },
  uploadExpiryH: {
    name: 'PASSERELLE_UPLOAD_EXPIRY_H',
    group: 'Files',
    meaning: 'Hours after which an upload that is not finished is removed; each part that comes begins them anew.',
    type: wholeNumber(1, 720),
    default: '24',
  },
  sftpPort: {
    name: 'PASSERELLE_SFTP_PORT',
    group: 'Files',
    meaning: 'The port of the SFTP server, on the address of `HOST`. Without it there is none. `0` takes any free one.',
    type: wholeNumber(0, 65_535),
  },
  sftpKeepDays: {
    name: 'PASSERELLE_SFTP_KEEP_DAYS',
    group: 'Files',
    meaning: 'Days for which a file that was taken stays listed in its folder of SFTP, with its receipt.',
    type: wholeNumber(1, 3_650),
    default: '14',
  },
  watchFolder: {
    name: 'PASSERELLE_WATCH_FOLDER',
    group: 'Files',
    meaning:
      'A folder whose subfolders `<organization>/<source system>` are watched for files. Without it, none is. The gateway makes them, and must be able to write there.',
    type: path(),
  },
  uploadKeepDays: {
    name: 'PASSERELLE_UPLOAD_KEEP_DAYS',
    group: 'Files',
    meaning:
      'Days for which the bytes of a file are kept once it was processed, so that it can be processed again. What it was (name, size, SHA-256, run) stays known.',
    type: wholeNumber(1, 36_500),
    default: '30',
  },
  uploadsAtOnce: {
    name: 'PASSERELLE_UPLOADS_AT_ONCE',
    group: 'Files',
    meaning:
      'Most uploads that this process receives at once, a quarter of them from one source system; each holds about 4 MiB.',
    type: wholeNumber(4, 1_000),
    default: '16',
  },
  maxConnections: {
    name: 'PASSERELLE_MAX_CONNECTIONS',
    group: 'Serving',
    meaning: 'Most open HTTP connections; further ones are dropped.',
    type: wholeNumber(1, 1_000_000),
    default: '4096',
  },
  requestTimeoutS: {
    name: 'PASSERELLE_REQUEST_TIMEOUT_S',
    group: 'Serving',
    meaning: 'Seconds in which a request must have arrived whole, so that slow senders cannot hold connections.',
    type: wholeNumber(1, 3_600),
    default: '60',
  },
  keepAliveS: {
    name: 'PASSERELLE_KEEP_ALIVE_S',
    group: 'Serving',
    meaning: 'Seconds for which an idle connection stays open; longer than the idle time of a load balancer in front.',
    type: wholeNumber(1, 3_600),
    default: '65',
  },
  shutdownGraceS: {
    name: 'PASSERELLE_SHUTDOWN_GRACE_S',
    group: 'Serving',
    meaning: 'Seconds that requests in progress get to finish when the gateway is told to stop.',
    type: wholeNumber(0, 3_600),
    default: '25',
  },
  plugins: {
    name: 'PASSERELLE_PLUGINS',
    group: 'Operation',
    meaning:
      'Plug-ins to load, with commas, in the order in which they are opened: names of packages or of folders in `plugins/`, or paths that begin with `.` or `/`. They run with full trust.',
    type: z.string().transform(list),
    default: '',
  },
  pluginOptions: {
    name: 'PASSERELLE_PLUGIN_OPTIONS',
    group: 'Operation',
    meaning:
      'The options of plug-ins as JSON, by their names: `{"example-api-key":{...}}`. Each plug-in\'s guide tells its own.',
    type: jsonObject(),
    default: '{}',
    secret: true,
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    group: 'Data',
    meaning:
      'A Postgres 15 or newer (`postgres://user:password@host/database`). Without it, an embedded Postgres runs in the data folder.',
    type: z.url({ protocol: /^postgres(ql)?$/, error: 'is not a postgres:// URL' }),
    secret: true,
  },
  varFolder: {
    name: 'PASSERELLE_VAR',
    group: 'Data',
    meaning: 'The data folder: the embedded Postgres and the sealing key. It must be private to the gateway.',
    type: path(),
    default: './var',
  },
  key: {
    name: 'PASSERELLE_KEY',
    group: 'Data',
    meaning:
      'The key that seals message bodies and readable secrets: at least 16 characters, best `openssl rand -base64 32`. Without it, one is made and kept in the data folder.',
    type: sealingKey(),
    secret: true,
  },
  previousKeys: {
    name: 'PASSERELLE_PREVIOUS_KEYS',
    group: 'Data',
    meaning: 'Former values of `PASSERELLE_KEY`, with commas, while rows sealed with them remain.',
    type: z.string().transform(list).pipe(z.array(sealingKey())),
    default: '',
    secret: true,
  },
  lostKeys: {
    name: 'PASSERELLE_LOST_KEYS',
    group: 'Data',
    meaning:
      'Ids of sealing keys that are lost for good, with commas, as a start that misses them names them: it then serves without what they sealed.',
    type: z
      .string()
      .transform(list)
      .pipe(z.array(z.string().regex(/^[0-9a-f]{8}$/, 'names a key id that is not 8 hexadecimal digits'))),
    default: '',
  },
  poolSize: {
    name: 'PASSERELLE_POOL_SIZE',
    group: 'Data',
    meaning: 'Most database connections of this process.',
    type: wholeNumber(4, 500),
    default: '20',
  },
  queueLimit: {
    name: 'PASSERELLE_QUEUE_LIMIT',
    group: 'Data',
    meaning: 'Most messages that may wait to be applied; further ones are answered "busy, send again".',
    type: wholeNumber(1, 100_000),
    default: '2000',
  },
  messageRetentionDays: {
    name: 'PASSERELLE_MESSAGE_RETENTION_DAYS',
    group: 'Data',
    meaning: 'Days for which messages are kept at least. They are removed by whole months.',
    type: wholeNumber(1, 36_500),
    default: '180',
  },
  changeRetentionDays: {
    name: 'PASSERELLE_CHANGE_RETENTION_DAYS',
    group: 'Data',
    meaning:
      'Days for which changes are kept at least, by whole months. A feed reader that was away for longer starts from a snapshot.',
    type: wholeNumber(1, 36_500),
    default: '400',
  },
  authenticators: {
    name: 'PASSERELLE_AUTHENTICATORS',
    group: 'Access',
    meaning:
      'What senders may prove themselves with, in the order in which it is tried, with commas. `name=require` must agree on every message, beside what identifies its sender.',
    type: z.string().transform(configuredLinks),
    default: linkNames.join(','),
  },
  allowClearText: {
    name: 'PASSERELLE_ALLOW_CLEAR_TEXT',
    group: 'Access',
    meaning: '`yes` accepts passwords and tokens from beyond this machine without TLS: for closed networks only.',
    type: yesOrNo(),
    default: 'no',
  },
  outboundAllow: {
    name: 'PASSERELLE_OUTBOUND_ALLOW',
    group: 'Access',
    meaning:
      'Addresses or CIDR blocks, with commas, that the gateway may call although they are private, loopback, link-local or its own: where a SIS lives (`10.20.0.0/16`). Public addresses need no permission.',
    type: z.string().transform(list).pipe(z.array(addressBlock())),
    default: '',
  },
  digestMaxAgeS: {
    name: 'PASSERELLE_DIGEST_MAX_AGE_S',
    group: 'Access',
    meaning: 'Seconds for which a WS-Security password digest is fresh after its `Created`.',
    type: wholeNumber(10, 86_400),
    default: '300',
  },
  digestMaxSkewS: {
    name: 'PASSERELLE_DIGEST_MAX_SKEW_S',
    group: 'Access',
    meaning: "Seconds by which the sender's clock may be ahead of ours.",
    type: wholeNumber(0, 3_600),
    default: '60',
  },
  accessTokenS: {
    name: 'PASSERELLE_ACCESS_TOKEN_S',
    group: 'Access',
    meaning: 'Seconds for which an OAuth 2 access token of `/oauth2/token` is valid.',
    type: wholeNumber(60, 86_400),
    default: '3600',
  },
  allowSha1Signatures: {
    name: 'PASSERELLE_ALLOW_SHA1_SIGNATURES',
    group: 'Access',
    meaning: '`yes` accepts WS-Security signatures by rsa-sha1 and digests by sha1: for a SIS that can do no better.',
    type: yesOrNo(),
    default: 'no',
  },
  lockoutFailures: {
    name: 'PASSERELLE_LOCKOUT_FAILURES',
    group: 'Access',
    meaning: 'Failed attempts of one user name from one address after which that pair is locked out for a while.',
    type: wholeNumber(2, 1_000_000),
    default: '10',
  },
  lockoutWindowS: {
    name: 'PASSERELLE_LOCKOUT_WINDOW_S',
    group: 'Access',
    meaning: 'Seconds within which these failures count together.',
    type: wholeNumber(1, 86_400),
    default: '900',
  },
  lockoutS: {
    name: 'PASSERELLE_LOCKOUT_S',
    group: 'Access',
    meaning: 'Seconds for which a pair is locked out.',
    type: wholeNumber(1, 86_400),
    default: '300',
  },
  smtpUrl: {
    name: 'PASSERELLE_SMTP_URL',
    group: 'Mail',
    meaning:
      'The mail server that takes notifications: `smtp://mail.example.edu:587` (STARTTLS, which it must offer unless it is this machine or `PASSERELLE_ALLOW_CLEAR_TEXT` is set), or `smtps://mail.example.edu:465` (TLS from the first byte). Without it, none are sent by e-mail.',
    type: z
      .url({ protocol: /^smtps?$/, error: 'is not an smtp:// or smtps:// URL' })
      .refine((text) => /^smtps?:\/\/[^/?#@]+\/?$/i.test(text), {
        error: 'has more than a host and a port: user name and password have settings of their own',
      }),
  },
  smtpUser: {
    name: 'PASSERELLE_SMTP_USER',
    group: 'Mail',
    meaning: 'The user name for the mail server, where it wants one.',
    type: z.string().max(500, 'is longer than 500 characters'),
  },
  smtpPassword: {
    name: 'PASSERELLE_SMTP_PASSWORD',
    group: 'Mail',
    meaning: 'The password of that user.',
    type: z.string(),
    secret: true,
  },
  smtpAuthorities: {
    name: 'PASSERELLE_SMTP_AUTHORITIES',
    group: 'Mail',
    meaning:
      "A PEM file with the authorities that the mail server's certificate may come from, in place of the system's.",
    type: path(),
  },
  mailFrom: {
    name: 'PASSERELLE_MAIL_FROM',
    group: 'Mail',
    meaning: 'The address that notifications come from: `passerelle@example.edu`.',
    type: z.string().regex(plainMailAddress, 'is not a plain e-mail address'),
  },
  logLevel: {
    name: 'LOG_LEVEL',
    group: 'Operation',
    meaning: `One of ${logLevels.join(', ')}; modules may differ: \`info,soap=debug\`.`,
    type: z.string().transform((text, context) => {
      const levels = parseLogLevels(text);
      if (typeof levels !== 'string') return levels;
      context.addIssue({ code: 'custom', message: levels });
      return z.NEVER;
    }),
    default: 'info',
  },
  metricsToken: {
    name: 'PASSERELLE_METRICS_TOKEN',
    group: 'Operation',
    meaning:
      'A bearer token that opens `/metrics` from beyond this machine; without it, only this machine may read them.',
    type: z.string().min(16, 'is shorter than 16 characters'),
    secret: true,
  },
  demo: {
    name: 'PASSERELLE_DEMO',
    group: 'Demonstration',
    meaning: '`no` keeps the first start from creating the demonstration organization.',
    type: yesOrNo(),
    default: 'yes',
  },
  demoUser: {
    name: 'PASSERELLE_DEMO_USER',
    group: 'Demonstration',
    meaning:
      'The user name of the demonstration source system `banner` (preset `banner-ilp`), in place of a random one.',
    type: z.string().regex(/^[^\s:]{1,100}$/, 'is not a user name: no spaces, no colons, at most 100 characters'),
  },
  demoPassword: {
    name: 'PASSERELLE_DEMO_PASSWORD',
    group: 'Demonstration',
    meaning: 'The password of that user, in place of a random one.',
    type: z.string().max(200, 'is longer than 200 characters'),
    secret: true,
  },
  demoToken: {
    name: 'PASSERELLE_DEMO_TOKEN',
    group: 'Demonstration',
    meaning: 'A bearer token for the REST API of the demonstration organization, in place of a random one.',
    type: z.string().regex(/^[\w.~+/=-]{1,200}$/, 'is not a token: at most 200 letters, digits or -._~+/='),
    secret: true,
  },
  sendPassword: {
    name: 'PASSERELLE_SEND_PASSWORD',
    group: 'Command line',
    meaning: 'The password with which `passerelle send --user` sends.',
    type: z.string(),
    secret: true,
  },
  endpointPassword: {
    name: 'PASSERELLE_ENDPOINT_PASSWORD',
    group: 'Command line',
    meaning:
      'The password or shared secret that `passerelle endpoint set` gives to an endpoint, and `passerelle fetch set` to an address that is fetched.',
    type: z.string(),
    secret: true,
  },
} as const satisfies Record<string, Setting>;

function configuredLinks(text: string, context: z.RefinementCtx): ConfiguredLink[] {
  const links = list(text).map((entry) => {
    const [name = '', role = 'identify'] = entry.toLowerCase().split(/\s*=\s*/);
    return { name, role };
  });
  const isKnown = (link: { name: string; role: string }): link is ConfiguredLink =>
    (linkNames as readonly string[]).includes(link.name) && ['identify', 'require'].includes(link.role);
  if (links.every(isKnown) && new Set(links.map(({ name }) => name)).size === links.length) return links;
  context.addIssue({
    code: 'custom',
    message: `is not a list of names, each once, out of ${linkNames.join(', ')}; with "=require" behind what must agree`,
  });
  return z.NEVER;
}

function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z
    .string()
    .refine((text) => /^\d{1,12}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `is not a whole number from ${min} to ${max}`,
    })
    .transform(Number);
}

function yesOrNo(): z.ZodType<boolean, string> {
  const words: Record<string, boolean> = { yes: true, true: true, '1': true, no: false, false: false, '0': false };
  return z
    .string()
    .refine((text) => text.toLowerCase() in words, { error: 'is neither yes nor no' })
    .transform((text) => words[text.toLowerCase()] === true);
}

function path(): z.ZodType<string, string> {
  return z.string().transform((text) => resolve(text));
}

function sealingKey(): z.ZodType<string, string> {
  return z.string().min(16, 'is shorter than 16 characters');
}

function list(text: string): string[] {
  return text.split(',').flatMap((entry) => entry.trim() || []);
}

function addressBlock(): z.ZodType<string, string> {
  return z.string().refine(
    (text) => {
      const [address = '', bits = '0', ...rest] = text.split('/');
      return (
        isIP(address) > 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32) && rest.length === 0
      );
    },
    { error: (issue) => `holds "${String(issue.input)}", which is not an address or CIDR block` },
  );
}

function jsonObject() {
  return z.string().transform((text, context): Readonly<Record<string, unknown>> => {
    const value = parsed(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    context.addIssue({ code: 'custom', message: 'is not a JSON object' });
    return z.NEVER;
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
