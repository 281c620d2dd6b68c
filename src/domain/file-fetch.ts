import type { EndpointSecrets, EndpointTls } from './endpoint.ts';
import type { Problem } from './problem.ts';
import type { SourceKey } from './sftp.ts';

/** Where a file is fetched, and how. */
export interface FetchAddress {
  /** https, http or sftp, without user and password. */
  readonly address: string;
  /** The name of an outbound authenticator; of an sftp address `password` or `public-key`. */
  readonly authentication: string;
  /** The fingerprint of the host, of an sftp address: `SHA256:...`. */
  readonly hostKey?: string;
  readonly tls: EndpointTls;
}

/** An address that is fetched on schedule, as an administrator sets it. */
export interface FetchSettings extends FetchAddress {
  /** What the file is called here. */
  readonly fileName: string;
  /** Five fields of cron: minute, hour, day of the month, month, day of the week. */
  readonly schedule: string;
  readonly timeZone: string;
  readonly enabled: boolean;
}

export type FetchSecretName = 'userName' | 'password' | 'privateKey' | 'certificate';

export interface FetchWish extends FetchSettings {
  /** One that is absent stays as it is, null = forget it. */
  readonly secrets: Readonly<Partial<Record<FetchSecretName, string | null>>>;
}

/** What tells a file from a newer one of the same address. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** What came of the last time. `unchanged`: the other side says that it has nothing new. */
export interface LastFetch {
  readonly at: string;
  readonly result: 'received' | 'repeated' | 'unchanged' | 'failed';
  readonly uploadId?: string;
  readonly problem?: Problem;
}

export interface ScheduledFetch extends FetchSettings {
  readonly organizationId: number;
  readonly sourceSystemId: number;
  readonly name: string;
  readonly secretNames: readonly FetchSecretName[];
  readonly validators: Validators;
  readonly last: LastFetch | null;
  readonly nextAt: Date | null;
  readonly version: number;
}

/** One that is due, with its secrets; undefined where they do not open. */
export interface DueFetch extends ScheduledFetch {
  readonly secrets: EndpointSecrets | undefined;
  /** Until when nobody else takes it; whoever has it tells by this that it is still theirs. */
  readonly claimedUntil: Date;
}

/** Addresses that are fetched on schedule, as administrators set them. All throw GatewayError. */
export interface FetchAdministration {
  list(source: SourceKey): Promise<ScheduledFetch[]>;
  find(source: SourceKey, name: string): Promise<ScheduledFetch | undefined>;
  put(
    source: SourceKey,
    name: string,
    wish: FetchWish,
    by: { readonly actor: string; readonly expected?: string | number },
  ): Promise<void>;
  remove(source: SourceKey, name: string): Promise<void>;
  /** Makes it due now, and ends a claim that reaches further than any: who had it has gone without a word. */
  hurry(source: SourceKey, name: string): Promise<void>;
}

/** Where addresses are kept, and who is at them. All throw GatewayError. */
export interface FetchStore extends Omit<FetchAdministration, 'put'> {
  /**
   * @param nextAt when it is due first
   * @throws GatewayError `conflict` when `expected` is not the version that is there; `invalid_request` when the address moves
   *   to another host and its secrets are not given anew
   */
  put(
    source: SourceKey,
    name: string,
    wish: FetchWish,
    by: { readonly actor: string; readonly nextAt: Date | null; readonly expected?: string | number },
  ): Promise<void>;
  /** Takes one that is due, for a while; undefined when there is none. */
  claim(organizationId: number): Promise<DueFetch | undefined>;
  /** Keeps what was taken for a while longer; undefined when it is somebody else's by now, or was removed. */
  renew(due: DueFetch): Promise<DueFetch | undefined>;
  /** Does nothing where it is somebody else's by now. */
  finish(
    due: DueFetch,
    last: LastFetch,
    next: { readonly nextAt: Date | null; readonly validators?: Validators },
  ): Promise<void>;
}
