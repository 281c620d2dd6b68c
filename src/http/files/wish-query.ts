import { z } from 'zod';
import { runModes } from '../../domain/run.ts';
import type { UploadOptions, UploadWish } from '../../domain/upload.ts';

const flag = z.stringbool({ truthy: ['true', '1', 'yes'], falsy: ['false', '0', 'no'] });

/** What a sender wishes of a file, in the query of an upload and in the metadata of tus. */
export const wishShape = {
  mode: z.enum(runModes).default('apply').meta({
    description:
      '`validate`: only say what is wrong. `plan`: also show what would change. `apply`: do it, but for what a guard holds.',
  }),
  snapshot: flag.default(false).meta({
    description: 'The file is whole: what it does not name is gone. For formats that cannot say so themselves.',
  }),
  reprocess: flag.default(false).meta({
    description: 'Process it even if it is the same, byte by byte, as the delivery just before.',
  }),
};

export const fileName = z.string().min(1).max(255).meta({
  description: 'A plain file name. It says what the file is, as the guide of its format has it.',
  example: 'night.zip',
});

export interface WishQuery {
  readonly mode: UploadWish['mode'];
  readonly snapshot: boolean;
  readonly reprocess: boolean;
  readonly force?: boolean | undefined;
}

export function wishOf({ mode, reprocess, ...options }: WishQuery, requestedBy: string): UploadWish {
  return { mode, options: optionsOf(options), reprocess, requestedBy };
}

/** Only what is set: that a file is no snapshot is no wish. */
export function optionsOf({ snapshot, force }: Pick<WishQuery, 'snapshot' | 'force'>): UploadOptions {
  return { ...(snapshot ? { snapshot } : {}), ...(force === true ? { force } : {}) };
}
