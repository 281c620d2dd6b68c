import { imsEnterprise } from '../dialects/ims-enterprise/index.ts';
import { lis2Record } from '../dialects/lis2/index.ts';

/** The dialects of bare XML, each at an address of its own. */
export const recordDialects = [imsEnterprise, lis2Record] as const;
