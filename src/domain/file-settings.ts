import type { RunMode } from './run.ts';
import type { UploadOptions } from './upload.ts';

/** How the files of a source system are taken that come without a wish: by SFTP, through its folder, from an address. */
export interface FileSettings {
  readonly mode: RunMode;
  readonly options: Pick<UploadOptions, 'snapshot'>;
  /** A file of SFTP is taken as soon as it is closed, or when it has rested for a while. */
  readonly pickUp: 'close' | 'rest';
  /** For how long a file must not have changed: of SFTP where it is to rest, and of the watched folder. */
  readonly restS: number;
}

export const defaultFileSettings: FileSettings = { mode: 'apply', options: {}, pickUp: 'close', restS: 30 };

/** How the files of source systems are taken; a version of 0 says that nobody chose. */
export interface FileSettingsStore {
  get(organizationId: number, sourceSystemId: number): Promise<FileSettings & { readonly version: number }>;
  /** Throws GatewayError `conflict` when `expected` is not the version that is there. */
  put(
    editor: { readonly organizationId: number; readonly actor: string },
    sourceSystemId: number,
    settings: FileSettings,
    expected?: string | number,
  ): Promise<void>;
}
