import type { EarlierUpload, NewUpload, Upload, UploadWish, WishedUpload } from '../domain/upload.ts';

/** Where bytes are kept, as the intake needs it; `state/uploads` does it. */
export interface UploadSpool {
  begin(organizationId: number, upload: NewUpload): Promise<Upload>;
  append(organizationId: number, id: string, offset: number, bytes: AsyncIterable<Buffer>): Promise<number>;
  complete(organizationId: number, id: string, sha256?: string): Promise<Upload>;
  truncate(organizationId: number, id: string, size: number): Promise<void>;
  remove(organizationId: number, id: string): Promise<void>;
}

/** Where it is kept what is wished of uploads, and what became of that. */
export interface WishKeeper {
  put(organizationId: number, uploadId: string, wish: UploadWish, expiresAt: Date): Promise<void>;
  find(organizationId: number, uploadId: string): Promise<WishedUpload | undefined>;
  list(organizationId: number, sourceSystemId: number, limit: number, after?: string): Promise<WishedUpload[]>;
  keptBytes(organizationId: number, sourceSystemId: number): Promise<number>;
  trust(organizationId: number, uploadId: string, bytes: number | null): Promise<void>;
  postpone(organizationId: number, uploadId: string, expiresAt: Date): Promise<void>;
  repeated(organizationId: number, uploadId: string): Promise<EarlierUpload | undefined>;
  requested(organizationId: number, uploadId: string): Promise<string | undefined>;
  settle(organizationId: number, uploadId: string, to: { runId: string } | { repeats: string }): Promise<void>;
  unsettled(organizationId: number, before: Date, after?: string): Promise<WishedUpload[]>;
  removeExpired(organizationId: number, before: Date): Promise<number>;
  hasBytes(organizationId: number, uploadId: string): Promise<boolean>;
  forgetBytes(organizationId: number, before: Date): Promise<number>;
}
