import { imsEnterprise } from '../dialects/ims-enterprise/index.ts';

/** The dialects of bare XML, each at an address of its own. */
export const recordDialects = [imsEnterprise] as const;
