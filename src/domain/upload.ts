import type { Problem } from './problem.ts';
import type { RunCounters, RunMode, RunState } from './run.ts';

/**
 * Uploads: what was delivered at once, a zip or a single file, as it came. Plain records, shared by the ways in and the state
 * that keeps them.
 */

/** How an upload came in; `announced`: fetched after a SIS said where it is. */
export const uploadWays = ['rest', 'tus', 'command', 'sftp', 'folder', 'url', 'announced'] as const;
export type UploadWay = (typeof uploadWays)[number];

export interface NewUpload {
  readonly sourceSystemId: number;
  /** As the sender calls it; a plain file name. */
  readonly name: string;
  readonly way: UploadWay;
  /** The login, the person or the address that it comes from, as everybody may see it who sees the upload. */
  readonly receivedFrom: string;
  /** How many bytes it will have, where the sender says so beforehand. */
  readonly announcedBytes?: number;
}

export interface Upload extends NewUpload {
  readonly id: string;
  readonly receivedBytes: number;
  readonly createdAt: Date;
  /** Lower-case hexadecimal; absent while bytes are still coming. */
  readonly sha256?: string;
  readonly completedAt?: Date;
}

/** How a file is to be read, as it was asked for where it came in. */
export interface UploadOptions {
  /** The file is whole: what it does not name is gone. */
  readonly snapshot?: boolean;
  /** Guards hold nothing. */
  readonly force?: boolean;
}

/** What is wished of an upload once it is whole. */
export interface UploadWish {
  readonly mode: RunMode;
  readonly options: UploadOptions;
  /** The same bytes as just before are processed all the same. */
  readonly reprocess: boolean;
  /** The login or the person that wishes it. */
  readonly requestedBy: string;
}

/** An upload with what is wished of it, and what became of that. */
export interface WishedUpload extends Upload {
  readonly wish: UploadWish;
  /** Bytes that count: what came behind them has a checksum that was not judged yet. */
  readonly trustedBytes: number;
  readonly expiresAt: Date;
  readonly runId?: string;
  /** What became of its run so far, or of the run that it repeats. */
  readonly run?: UploadRun;
  /** The upload just before it, of the same bytes and with the same wish: there is no run of this one. */
  readonly repeats?: EarlierUpload;
}

export interface EarlierUpload {
  readonly id: string;
  readonly name: string;
  readonly completedAt: Date;
  readonly runId: string;
}

/** What whoever sent a file is told of its run. */
export interface UploadRun {
  readonly state: RunState;
  readonly finishedAt: string | null;
  readonly counters: RunCounters;
  readonly problems: { readonly error: number; readonly warning: number };
  /** How many items a guard keeps back until somebody decides. */
  readonly held: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failure: Problem | null;
}
