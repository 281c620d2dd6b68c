import { apiRoutes } from './api/routes/index.ts';
import { tokenCall } from './oauth2-token-call.ts';
import type { Contract } from './openapi/contract.ts';

/** Every call that the OpenAPI document describes: `calls` are those of the doors for source systems. */
export function publishedCalls(calls: readonly Contract[]): Contract[] {
  return [...calls, tokenCall, ...apiRoutes.map(({ contract }) => contract)];
}
