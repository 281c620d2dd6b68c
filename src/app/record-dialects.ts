import { imsEnterprise } from '../dialects/ims-enterprise/index.ts';
import { lis2Record } from '../dialects/lis2/index.ts';
import type { CompiledLists } from '../pipeline/plugins/index.ts';

/**
 * The dialects of bare XML, each at an address of its own.
 *
 * @param lists which steps read the records of a source system; absent: all of them
 */
export const recordDialects = (lists?: CompiledLists) => [imsEnterprise(lists), lis2Record(lists)] as const;
