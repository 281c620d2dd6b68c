import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { LiveStore } from '../../src/state/create-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { histories } from './arbitraries.ts';
import { differences, readProjection, visible } from './compare.ts';
import { feedFaults } from './feed.ts';
import { createStore } from './harness.ts';
import { holdsFor } from './holds-for.ts';
import { interleavings } from './interleave.ts';
import { play, playAndCompare } from './play.ts';

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
  await holdsFor(histories('wild', 20), async (history) => {
    await playAndCompare(database.pool, store, history);
  });
});

test('projecting everything again changes nothing', async () => {
  await holdsFor(histories('wild', 20), async (history) => {
    const organization = await play(database.pool, store, history);
    const before = await readProjection(database.pool, organization.id);
    const { changes } = await store.reproject(organization.id);
    const after = await readProjection(database.pool, organization.id);
    expect(differences(after, before)).toEqual([]);
    expect(changes).toBe(0);
  });
});

test('the change feed replayed from nothing gives the projected state', async () => {
  await holdsFor(histories('wild', 20), async (history) => {
    const organization = await play(database.pool, store, history);
    expect(await feedFaults(database.pool, organization.id)).toEqual([]);
  });
});

test('any order that keeps the order of each key gives the same projection', async () => {
  await holdsFor(interleavings(25), async ({ options, steps, otherSteps }) => {
    const [one, other] = [
      await play(database.pool, store, { options, steps }),
      await play(database.pool, store, { options, steps: otherSteps }),
    ];
    const [left, right] = [
      await readProjection(database.pool, one.id, 'live links'),
      await readProjection(database.pool, other.id, 'live links'),
    ];
    expect(differences(visible(left), visible(right))).toEqual([]);
  });
});
