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
