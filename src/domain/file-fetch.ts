import type { EndpointSecrets, EndpointTls } from './endpoint.ts';
import type { Problem } from './problem.ts';

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
