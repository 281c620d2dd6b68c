import type { FileSettings } from '../../domain/file-settings.ts';
import type { SftpEntry, SourceKey } from '../../domain/sftp.ts';

/** Where the folders are kept; `state/uploads` does it. */
export interface FolderKeeper {
  list(source: SourceKey): Promise<SftpEntry[]>;
  find(source: SourceKey, name: string): Promise<SftpEntry | undefined>;
  put(source: SourceKey, name: string, uploadId: string): Promise<void>;
  close(source: SourceKey, name: string, closed: boolean): Promise<void>;
  rename(source: SourceKey, from: string, to: string): Promise<void>;
  remove(source: SourceKey, name: string): Promise<void>;
  hideReceipt(source: SourceKey, name: string): Promise<void>;
}

export interface SettingsOf {
  get(organizationId: number, sourceSystemId: number): Promise<FileSettings>;
}
