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
