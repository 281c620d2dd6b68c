import type { EarlierUpload, NewUpload, Upload, UploadWish, WishedUpload } from './upload.ts';

/** Keeps uploads in the database, sealed: what `append` and `complete` have answered is durable. */
export interface UploadStore {
  begin(organizationId: number, upload: NewUpload): Promise<Upload>;
  find(organizationId: number, id: string): Promise<Upload | undefined>;
  /**
   * Adds bytes at the end, and answers how many there are then. When their source breaks, what came before is kept.
   *
   * @param offset how many bytes the sender believes to be there
   * @throws GatewayError `conflict` if there are more or fewer, `payload_too_large` beyond what was announced or is allowed
   */
  append(organizationId: number, id: string, offset: number, bytes: AsyncIterable<Buffer>): Promise<number>;
  /**
   * Ends the upload, after all of it was read back and opened.
   *
   * @param sha256 what the sender says it is, hexadecimal
   * @throws GatewayError `checksum_mismatch`; `conflict` if it has ended, or is shorter than announced
   */
  complete(organizationId: number, id: string, sha256?: string): Promise<Upload>;
  /**
   * Takes back what came behind `size`, of an upload that has not ended. None of it may have been acknowledged.
   *
   * @throws GatewayError `conflict` if it has ended
   */
  truncate(organizationId: number, id: string, size: number): Promise<void>;
  /** Earlier uploads of the same bytes from the same source system, the latest first. */
  sameBytes(organizationId: number, upload: Upload): Promise<Upload[]>;
  /** Reads an upload: the bytes from `start` (counted from 0) to before `end`. */
  reader(organizationId: number, id: string): (start: number, end: number) => AsyncIterable<Buffer>;
  remove(organizationId: number, id: string): Promise<void>;
}

/** What is wished of uploads, and what became of that. */
export interface WishStore {
  put(organizationId: number, uploadId: string, wish: UploadWish, expiresAt: Date): Promise<void>;
  find(organizationId: number, uploadId: string): Promise<WishedUpload | undefined>;
  /** Those of a source system, the latest first; `after`: the id that the page before ended with. */
  list(organizationId: number, sourceSystemId: number, limit: number, after?: string): Promise<WishedUpload[]>;
  /** Bytes of a source system that are kept or announced. */
  keptBytes(organizationId: number, sourceSystemId: number): Promise<number>;
  /** What comes behind `bytes` has a checksum that is still to be judged; null: all of it counts. */
  trust(organizationId: number, uploadId: string, bytes: number | null): Promise<void>;
  postpone(organizationId: number, uploadId: string, expiresAt: Date): Promise<void>;
  /**
   * The upload that this one only repeats: the last that the source system delivered before, of the same bytes and with the
   * same wish, whose run did not fail. Another run or a message in between may have undone it, and then it repeats nothing.
   */
  repeated(organizationId: number, uploadId: string): Promise<EarlierUpload | undefined>;
  /** The run that was made of it as it is wished. */
  requested(organizationId: number, uploadId: string): Promise<string | undefined>;
  /** Notes the run, or the upload that it repeats. */
  settle(organizationId: number, uploadId: string, to: { runId: string } | { repeats: string }): Promise<void>;
  /** Uploads that ended before `before` and of which neither a run is noted nor one that they repeat, a page; `after`: the id that the page before ended with. */
  unsettled(organizationId: number, before: Date, after?: string): Promise<WishedUpload[]>;
  /** Removes uploads that did not end in time, and answers how many. `before`: those of whom no wish is known. */
  removeExpired(organizationId: number, before: Date): Promise<number>;
  /** Whether the bytes of an upload that has ended are still there. */
  hasBytes(organizationId: number, uploadId: string): Promise<boolean>;
  /** Removes the bytes of uploads that ended before `before` and wait for no run; what they were stays known. Answers how many. */
  forgetBytes(organizationId: number, before: Date): Promise<number>;
}
