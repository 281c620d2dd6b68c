import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import type { LiveStore } from '../../../src/state/create-store.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/with-database.ts';
import { course, under } from '../../oracle/commands.ts';
import { inOrganization, readProjection } from '../../oracle/compare.ts';
import { createOrganization, createStore, type TestOrganization } from '../../oracle/harness.ts';
import type { Projection } from '../../oracle/projection.ts';
import { oracleWorld } from '../../oracle/world.ts';

/** A database and a store for the tests of a file; each test has a fresh organization. */
export interface Setting {
  readonly database: TestDatabase;
  readonly store: LiveStore;
  /** Of the current test: source systems `banner` (rank 20, sections come alone) and `lis` (rank 10). */
  readonly organization: TestOrganization;
  /** Another organization, with options of its own. */
  found(options: {
    banner?: Partial<SourceSystemOptions>;
    lis?: Partial<SourceSystemOptions>;
  }): Promise<TestOrganization>;
  /** What the LMS of the current test's (or another) organization sees. */
  look(organization?: TestOrganization): Promise<Projection>;
  /** A query that sees the rows of the organization. */
  query<Row extends object>(sql: string, values?: unknown[], organization?: TestOrganization): Promise<Row[]>;
  /** The LMS id that a declared row (`lis/person/P1`) is linked to. */
  lmsId(row: string, organization?: TestOrganization): Promise<string | undefined>;
}

export function useSetting(): Setting {
  let database: TestDatabase;
  let store: LiveStore;
  let current: TestOrganization;
  const found: Setting['found'] = ({ banner = {}, lis = {} }) =>
    createOrganization(database.pool, store, oracleWorld({ banner, lis }));
  const query: Setting['query'] = <Row extends object>(sql: string, values?: unknown[], organization = current) =>
    inOrganization(database.pool, organization.id, async (client) => (await client.query<Row>(sql, values)).rows);

  beforeAll(async () => {
    database = await createTestDatabase();
    store = createStore(database.pool);
  });
  beforeEach(async () => {
    current = await found({});
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });
  return {
    get database() {
      return database;
    },
    get store() {
      return store;
    },
    get organization() {
      return current;
    },
    found,
    look: (organization = current) => readProjection(database.pool, organization.id),
    query,
    lmsId: async (row, organization = current) => {
      const [code, kind, sourcedId] = row.split('/');
      const sql = `select lms_id::text from link join source_system s on s.id = source_system_id
                    where s.code = $1 and kind = $2 and sourced_id = $3`;
      return (await query<{ lms_id: string }>(sql, [code, kind, sourcedId], organization))[0]?.lms_id;
    },
  };
}

/** A template C1, its offering O1, and sections in that offering. */
export function courseWithSections(...sectionIds: string[]) {
  return [
    course('template', 'C1'),
    course('offering', 'O1', { parents: [under('template', 'template', 'C1')] }),
    ...sectionIds.map((id) => course('section', id, { parents: [under('offering', 'offering', 'O1')] })),
  ];
}
