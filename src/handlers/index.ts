import type { Handler } from '../pipeline/ports.ts';
import { limitLengths } from './limit-lengths.ts';
import { rejectUnmapped } from './reject-unmapped.ts';
import { requireParents } from './require-parents.ts';
import { requireName } from './require-name.ts';

/** The shipped handlers, in their order. */
export const shippedHandlers: readonly Handler[] = [limitLengths, requireName, requireParents, rejectUnmapped];
