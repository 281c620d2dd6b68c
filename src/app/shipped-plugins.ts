import { shippedOutbound } from '../auth/outbound/index.ts';
import { enterprisePoints, enterpriseSteps } from '../dialects/ims-enterprise/index.ts';
import { es1Points, es1Steps } from '../dialects/ims-es1/index.ts';
import { lisPoints, lisSteps } from '../dialects/lis2/index.ts';
import { saipPoints, saipSteps } from '../dialects/saip/index.ts';
import { handlePoints, shippedHandlers, shippedRules } from '../handlers/index.ts';
import type { Contributor, ListPoint } from '../pipeline/plugins/index.ts';

export { shippedHandlers };

/** The extension points that have lists. */
export const shippedPoints: readonly ListPoint[] = [
  ...handlePoints,
  ...lisPoints,
  ...saipPoints,
  ...es1Points,
  ...enterprisePoints,
];

/** What a gateway without plug-ins of others is made of. */
export const shippedPlugins: readonly Contributor[] = [
  shippedRules,
  lisSteps,
  saipSteps,
  es1Steps,
  enterpriseSteps,
  shippedOutbound,
];
