import type { WishedUpload } from './upload.ts';

/** Whose files they are. */
export interface SourceKey {
  readonly organizationId: number;
  readonly sourceSystemId: number;
}

/** A file in the folder that a source system sees by SFTP. It was taken once its upload has ended. */
export interface SftpEntry {
  readonly name: string;
  readonly upload: WishedUpload;
  /** Its sender closed it; one that broke off may be gone on with. */
  readonly closed: boolean;
  readonly changedAt: Date;
  readonly hasReceipt: boolean;
}

/** What source systems see in their folders of SFTP. */
export interface SftpStore {
  list(source: SourceKey): Promise<SftpEntry[]>;
  find(source: SourceKey, name: string): Promise<SftpEntry | undefined>;
  /** Puts an upload under a name, in the place of what was there. */
  put(source: SourceKey, name: string, uploadId: string): Promise<void>;
  close(source: SourceKey, name: string, closed: boolean): Promise<void>;
  /** Takes the place of what has the new name. */
  rename(source: SourceKey, from: string, to: string): Promise<void>;
  remove(source: SourceKey, name: string): Promise<void>;
  hideReceipt(source: SourceKey, name: string): Promise<void>;
  /** What was closed and has rested where the source system wants files to rest, and was not taken yet. */
  rested(organizationId: number): Promise<(SourceKey & { readonly name: string })[]>;
  /** Forgets what was taken before `before`: the uploads stay. */
  forget(organizationId: number, before: Date): Promise<number>;
}
