import { afterAll, beforeAll, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { LiveStore } from '../../src/state/create-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { histories } from './arbitraries.ts';
import { createStore } from './harness.ts';
import { play } from './play.ts';

const runs = Number(process.env.ORACLE_RUNS ?? 60);
const parameters = { numRuns: runs, ...(process.env.ORACLE_SEED ? { seed: Number(process.env.ORACLE_SEED) } : {}) };
jest.setTimeout(10 * 60_000);

let database: TestDatabase;
let store: LiveStore;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore(database.pool);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

test('Postgres projects what the model projects', async () => {
  await fc.assert(
    fc.asyncProperty(histories('wild', 20), async (history) => {
      await play(database.pool, store, history);
    }),
    parameters,
  );
});
