import type { Route } from '../route.ts';
import { accessPolicyRoutes } from './access-policies.ts';
import { credentialRoutes } from './credentials.ts';
import { endpointRoutes } from './endpoints.ts';
import { extensionPointRoutes } from './extension-points.ts';
import { feedRoutes } from './feed.ts';
import { fileSettingsRoutes } from './file-settings.ts';
import { fetchRoutes } from './fetches.ts';
import { freshnessRoutes } from './freshness.ts';
import { lockoutRoutes } from './lockouts.ts';
import { mapRoutes } from './maps.ts';
import { messageRoutes } from './messages.ts';
import { noticeRoutes } from './notices.ts';
import { objectRoutes } from './objects.ts';
import { organizationRoutes } from './organizations.ts';
import { overrideRoutes } from './overrides.ts';
import { relationRoutes } from './relations.ts';
import { runRoutes } from './runs.ts';
import { sourceSystemRoutes } from './source-systems.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { tokenRoutes } from './tokens.ts';
import { uploadRoutes } from './uploads.ts';
import { variableRoutes } from './variables.ts';
import { orgUnitTypeRoutes, roleRoutes } from './types-and-roles.ts';

/** The administration API, whole: the router serves this table and the OpenAPI file describes it. */
export const apiRoutes: readonly Route[] = [
  ...organizationRoutes,
  ...sourceSystemRoutes,
  ...credentialRoutes,
  ...accessPolicyRoutes,
  ...endpointRoutes,
  ...orgUnitTypeRoutes,
  ...roleRoutes,
  ...mapRoutes,
  ...objectRoutes,
  ...relationRoutes,
  ...overrideRoutes,
  ...messageRoutes,
  ...runRoutes,
  ...uploadRoutes,
  ...fileSettingsRoutes,
  ...fetchRoutes,
  ...subscriptionRoutes,
  ...noticeRoutes,
  ...freshnessRoutes,
  ...feedRoutes,
  ...tokenRoutes,
  ...lockoutRoutes,
  ...variableRoutes,
  ...extensionPointRoutes,
];
