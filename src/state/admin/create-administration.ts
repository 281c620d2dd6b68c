import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import type { Administration } from '../../domain/administration/index.ts';
import { createRunStore } from '../runs/run-store.ts';
import type { Store } from '../store.ts';
import { createChangeWatch } from './change-watch.ts';
import { createEdits } from './edits.ts';
import { createEndpoints } from './endpoints.ts';
import { createEnrollments } from './enrollments.ts';
import { createExtensionPoints } from './extension-points.ts';
import { createFeed, createSeqReader } from './feed.ts';
import { createJournalAdministration } from './journal.ts';
import { createMap, orgUnitTypeMap, roleMap } from './maps.ts';
import { createOrganizations } from './organizations.ts';
import { createOrgUnitTypes } from './org-unit-types.ts';
import { createOrgUnits } from './org-units.ts';
import { createOutboundJournal } from './outbound-journal.ts';
import { createOverrides } from './overrides.ts';
import { createRelations } from './relations.ts';
import { createRoles } from './roles.ts';
import { createRunWatch } from './run-watch.ts';
import { createRuns } from './runs.ts';
import { createSourceSystems } from './source-systems.ts';
import type { Tables } from './tables.ts';
import { createUsers } from './users.ts';
import { createVariables } from './variables.ts';
import { createWaiting } from './waiting.ts';

export interface AdministrationOptions {
  readonly pool: pg.Pool;
  readonly store: Pick<Store, 'edit'>;
  /** Opens journaled bodies; seals and opens the secrets of endpoints. */
  readonly sealer: Sealer;
  /** Is called when there is a run to work on. */
  readonly runsWait?: () => void;
}

/** The administration of all organizations. `close` answers the readers of feeds who wait, and those who watch runs. */
export function createAdministration({
  pool,
  store,
  sealer,
  runsWait = () => undefined,
}: AdministrationOptions): Administration & { close(): void } {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const edit = createEdits(store);
  const watch = createChangeWatch(createSeqReader(db));
  const runs = createRuns(db, pool, createRunStore(pool, runsWait), runsWait);
  const runWatch = createRunWatch((organizationId, id) => runs.get(organizationId, id));
  return {
    organizations: createOrganizations(db, pool, edit),
    sourceSystems: createSourceSystems(db, edit),
    orgUnitTypes: createOrgUnitTypes(db, edit),
    roles: createRoles(db, edit),
    orgUnitTypeMaps: createMap(db, edit, orgUnitTypeMap),
    roleMaps: createMap(db, edit, roleMap),
    objects: {
      ...createUsers(db),
      ...createOrgUnits(db),
      ...createEnrollments(db),
      ...createRelations(db),
      ...createWaiting(db),
    },
    overrides: createOverrides(edit),
    variables: createVariables(db, edit),
    journal: createJournalAdministration(db, sealer),
    endpoints: createEndpoints(db, sealer),
    outboundJournal: createOutboundJournal(db, sealer),
    extensionPoints: createExtensionPoints(db, edit),
    feed: createFeed(db, watch),
    runs: { ...runs, follow: (organizationId, id) => runWatch.follow(organizationId, id) },
    close: () => {
      watch.close();
      runWatch.close();
    },
  };
}
