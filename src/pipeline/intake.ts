/**
 * The contracts of the ways in for files:
 *
 *     bytes -> upload (sealed, durable) -> receipt -> run
 *
 * - Delivery: one file on its way in, and what is wished of it.
 * - Receipt: that its bytes are durable, and what becomes of them. Given after the commit, never before.
 */
import type { RunMode } from '../domain/run.ts';
import type { UploadOptions, UploadWay, UploadWish, WishedUpload } from '../domain/upload.ts';

/** A run that is wished of an upload that is whole. */
export interface RunRequest {
  readonly organizationId: number;
  readonly sourceSystemId: number;
  readonly uploadId: string;
  readonly mode: RunMode;
  readonly options: UploadOptions;
  /** The login or the person. */
  readonly requestedBy: string;
}

/** Queues a run and answers its id; durable when it resolves. */
export type RequestRun = (request: RunRequest) => Promise<string>;

/** One file on its way in. */
export interface Delivery {
  readonly organizationId: number;
  readonly sourceSystemId: number;
  /** As the sender calls it. */
  readonly name: string;
  readonly way: UploadWay;
  readonly receivedFrom: string;
  readonly announcedBytes?: number;
  readonly wish: UploadWish;
}

/** What the sender says that the bytes are, hexadecimal. */
export interface Digests {
  readonly sha256?: string;
  readonly sha512?: string;
}

/**
 * Takes files in. What it has answered is durable. Throws GatewayError: `invalid_request` (the name), `payload_too_large`,
 * `quota_exceeded`, `checksum_mismatch`, `conflict`, `not_found`, `busy` (too many at once, or the database cannot take more).
 */
export interface Intake {
  /** Takes a whole file: nothing of it stays unless it is whole and as it was sent. */
  receive(delivery: Delivery, bytes: AsyncIterable<Buffer>, digests?: Digests): Promise<WishedUpload>;
  /** Begins a file that comes in parts. */
  begin(delivery: Delivery): Promise<WishedUpload>;
  /** Adds bytes at the end and answers how many there are then; what came before its source broke is kept. */
  append(organizationId: number, id: string, offset: number, bytes: AsyncIterable<Buffer>): Promise<number>;
  /** The same, but the bytes have a checksum of their own: unless `check` passes afterwards, none of them stays. */
  appendChecked(
    organizationId: number,
    id: string,
    offset: number,
    bytes: AsyncIterable<Buffer>,
    check: () => void,
  ): Promise<number>;
  /** Ends a file that is whole, and requests its run. Again, it answers the same. */
  finish(organizationId: number, id: string, digests?: Digests): Promise<WishedUpload>;
  find(organizationId: number, id: string): Promise<WishedUpload | undefined>;
  /** The latest first. */
  list(organizationId: number, sourceSystemId: number, limit: number, after?: string): Promise<WishedUpload[]>;
  /** Requests another run of a file that is whole, and answers its id. */
  reprocess(organizationId: number, id: string, wish: Omit<UploadWish, 'reprocess'>): Promise<string>;
  /** Removes a file that has not ended. Throws `conflict` for one that has. */
  abandon(organizationId: number, id: string): Promise<void>;
}
