import { apiRoutes } from './api/routes/index.ts';
import { fileCalls } from './files/sis-files.ts';
import { tokenCall } from './oauth2-token-call.ts';
import type { Contract } from './openapi/contract.ts';

/** Every call that the OpenAPI document describes: `calls` are those of the doors for source systems. */
export function publishedCalls(calls: readonly Contract[]): Contract[] {
  return [...calls, ...fileCalls, tokenCall, ...apiRoutes.map(({ contract }) => contract)];
}
