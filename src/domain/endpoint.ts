/** What an endpoint of a source system is called for, as IPSIS names it. */
export const endpointTypes = ['bulk', 'outcome', 'outcome2', 'bulk_file_download'] as const;
export type EndpointType = (typeof endpointTypes)[number];

/** How TLS is spoken with an endpoint; absent parts are Node's defaults, and certificates are always checked. */
export interface EndpointTls {
  /** PEM: the certificates of the authorities that the endpoint's may come from, in place of the system's. */
  readonly authorities?: string;
  /** The name that the endpoint's certificate must carry, where it is not that of the address. */
  readonly serverName?: string;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** The secrets of an endpoint, opened for one call; sealed at rest, never shown or logged. */
export interface EndpointSecrets {
  readonly userName?: string;
  readonly password?: string;
  /** PEM: what messages are signed with, or what the gateway shows as TLS client. */
  readonly privateKey?: string;
  readonly certificate?: string;
}

/** An address of a source system that the gateway calls. One per source system and type. */
export interface Endpoint {
  readonly id: string;
  readonly type: EndpointType;
  /** An http or https address without user, password and fragment. */
  readonly address: string;
  /** The name of an outbound authenticator: `http-basic`, `wss-password-text`... */
  readonly authentication: string;
  readonly soapVersion: '1.1' | '1.2';
  /** Until a connection stands. */
  readonly connectTimeoutMs: number;
  /** From the request to the last byte of the answer; of a file, for each next byte. */
  readonly timeoutMs: number;
  /** How often a call is made at most, the first time included, where trying again is worth it. */
  readonly attempts: number;
  readonly tls: EndpointTls;
}

/** Bounds and defaults of what an administrator sets. */
export const endpointLimits = {
  connectTimeoutMs: { min: 100, max: 60_000, default: 10_000 },
  timeoutMs: { min: 1_000, max: 600_000, default: 60_000 },
  attempts: { min: 1, max: 10, default: 3 },
} as const;

/** The longest wait between two attempts. */
export const LONGEST_WAIT_MS = 60_000;

/** The longest that an authenticator may take, where the time-out of the endpoint is not shorter. */
export const LONGEST_AUTHENTICATION_MS = 60_000;

/** The longest that a file may take, however steadily it comes. */
export const LONGEST_DOWNLOAD_MS = 6 * 3_600_000;

const { attempts, connectTimeoutMs, timeoutMs } = endpointLimits;

/** No call takes longer: every attempt as long as it may, the longest waits between them, and in the last one a file. */
export const LONGEST_CALL_MS =
  attempts.max * (connectTimeoutMs.max + LONGEST_AUTHENTICATION_MS + timeoutMs.max + LONGEST_WAIT_MS) +
  LONGEST_DOWNLOAD_MS;

/**
 * What the sealed secrets of an endpoint are bound to: its row and the origin of its address. Whoever turns the address to
 * another host must give the secrets again.
 */
export function endpointContext(organizationId: number, endpointId: string, address: string): string {
  return `endpoint ${String(organizationId)} ${endpointId} ${originOf(address)}`;
}

/** Scheme, host and port of an address. */
export function originOf(address: string): string {
  return URL.parse(address)?.origin ?? '';
}
