import type { EndpointAdministration } from './endpoints.ts';
import type { ExchangeAdministration } from './exchanges.ts';
import type { ExtensionPointAdministration } from './extension-points.ts';
import type { FeedAdministration } from './feed.ts';
import type { JournalAdministration, OutboundJournal } from './journal.ts';
import type { ObjectAdministration, OverrideAdministration } from './objects.ts';
import type { RunAdministration } from './runs.ts';
import type { VariableAdministration } from './variables.ts';
import type {
  MapAdministration,
  OrganizationAdministration,
  OrgUnitTypeAdministration,
  OrgUnitTypeMapping,
  RoleAdministration,
  RoleMapping,
  SourceSystemAdministration,
} from './setup.ts';

export * from './endpoints.ts';
export type * from './exchanges.ts';
export * from './extension-points.ts';
export type * from './feed.ts';
export * from './journal.ts';
export * from './objects.ts';
export type * from './page.ts';
export * from './runs.ts';
export type * from './setup.ts';
export type * from './variables.ts';

/** What administrators see and edit, organization by organization. `state/admin` keeps it; the REST API offers it. */
export interface Administration {
  readonly organizations: OrganizationAdministration;
  readonly sourceSystems: SourceSystemAdministration;
  readonly orgUnitTypes: OrgUnitTypeAdministration;
  readonly roles: RoleAdministration;
  readonly orgUnitTypeMaps: MapAdministration<OrgUnitTypeMapping>;
  readonly roleMaps: MapAdministration<RoleMapping>;
  readonly objects: ObjectAdministration;
  readonly overrides: OverrideAdministration;
  readonly variables: VariableAdministration;
  readonly journal: JournalAdministration;
  readonly endpoints: EndpointAdministration;
  readonly outboundJournal: OutboundJournal;
  readonly extensionPoints: ExtensionPointAdministration;
  readonly feed: FeedAdministration;
  readonly runs: RunAdministration;
  readonly exchanges: ExchangeAdministration;
}
