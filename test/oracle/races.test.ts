import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { command, sourceCodes } from './arbitraries.ts';
import { differences, inOrganization, readProjection } from './compare.ts';
import { type FeedChange, feedFaults, readFeed } from './feed.ts';
import { createOrganization, createStore, type TestOrganization } from './harness.ts';
import { type Job, partsOfOneEnrollment } from './race-jobs.ts';
import { forkedWriter, localWriter, type Writer } from './race-writers.ts';
import { oracleWorld } from './world.ts';

/** How many enrollments race together; each has eight parts, shared out among the writers. */
const races = Number(process.env.ORACLE_RACES ?? 600);
/** Sometimes few, so that they meet in different transactions, sometimes so many that they share one. */
const racesAtOnce = [1, 5, 20, 60];
jest.setTimeout(10 * 60_000);

let database: TestDatabase;
let writers: Writer[];
let organization: TestOrganization;
let stormy: TestOrganization;

beforeAll(async () => {
  database = await createTestDatabase();
  const store = createStore(database.pool);
  organization = await createOrganization(database.pool, store, oracleWorld({ banner: {}, lis: {} }));
  stormy = await createOrganization(database.pool, store, oracleWorld({ banner: {}, lis: {} }));
  await store.close();
  const forked = await Promise.all([
    forkedWriter(database.url),
    forkedWriter(database.url),
    forkedWriter(database.url),
  ]);
  writers = [localWriter(database.url), localWriter(database.url), localWriter(database.url), ...forked];
});

afterAll(async () => {
  await Promise.all(writers.map((writer) => writer.close()));
  await database.drop();
});

test('the parts of an enrollment that arrive at the same moment always meet', async () => {
  const reader = followFeed();
  for (let done = 0, round = 0; done < races; round += 1) {
    const count = Math.min(racesAtOnce[round % racesAtOnce.length]!, races - done);
    expect(await race(done, count)).toEqual([]);
    done += count;
  }
  const followed = await reader.stop();

  const { users, orgUnits, enrollments, relations, waits } = await readProjection(database.pool, organization.id);
  expect(waits).toEqual({});
  expect(Object.keys(users)).toHaveLength(2 * races);
  expect(Object.keys(orgUnits)).toHaveLength(3 * races);
  expect(Object.keys(enrollments)).toHaveLength(2 * races);
  expect(Object.values(relations)).toEqual(Array.from({ length: races }, () => ({ ended: false })));
  expect(Object.values(enrollments).filter((view) => 'ended' in view)).toEqual([]);

  expect(await doubles(organization)).toEqual({ identities: 0, codes: 0, deadlocks: 0 });
  expect(followed).toEqual(await readFeed(database.pool, organization.id));
  expect(await feedFaults(database.pool, organization.id)).toEqual([]);
  expect((await reproject(organization)).changes).toBe(0);
});

test('a storm of commands on the same few objects leaves what the declared state says', async () => {
  const storm = fc.sample(
    fc.constantFrom(...sourceCodes).chain((code) => command('calm', code).map((one) => ({ code, command: one }))),
    { numRuns: races, seed: 1 },
  );
  for (let done = 0; done < races; done += 100) {
    const jobs = storm.slice(done, done + 100).map(({ code, command }) => ({
      source: stormy.sources.get(code)!,
      command,
    }));
    expect(await release(jobs)).toEqual([]);
  }
  expect(await feedFaults(database.pool, stormy.id)).toEqual([]);
  expect((await doubles(stormy)).deadlocks).toBe(0);

  const before = await readProjection(database.pool, stormy.id);
  const { changes } = await reproject(stormy);
  expect(differences(await readProjection(database.pool, stormy.id), before)).toEqual([]);
  expect(changes).toBe(0);
});

async function reproject({ id }: TestOrganization): Promise<{ changes: number }> {
  const store = createStore(database.pool);
  try {
    return await store.reproject(id);
  } finally {
    await store.close();
  }
}

/** Releases the parts of several enrollments at once, those of one on different writers; answers what went wrong. */
async function race(first: number, count: number): Promise<string[]> {
  const [lis, banner] = [organization.sources.get('lis')!, organization.sources.get('banner')!];
  const jobs = Array.from({ length: count }, (_, at) => partsOfOneEnrollment(String(first + at), lis, banner));
  return release(jobs.map(shuffled).flat());
}

/** Gives the jobs out to the writers in turn and lets all begin; answers what went wrong. */
async function release(jobs: Job[]): Promise<string[]> {
  const shares = writers.map((_, index) => jobs.filter((_job, at) => at % writers.length === index));
  const failures = await Promise.all(writers.map((writer, index) => writer.run(shares[index]!)));
  return failures.flat();
}

/** Reads the feed while it is written, always from where it stands; a change that commits late must not be missed. */
function followFeed() {
  const seen: FeedChange[] = [];
  const end = new AbortController();
  const poll = async () => {
    const changes = await readFeed(database.pool, organization.id, seen.length, 50);
    for (const change of changes) {
      if (change.seq !== seen.length + 1) throw new Error(`read ${change.seq} after ${seen.length}`);
      seen.push(change);
    }
    return changes.length;
  };
  const followed = (async () => {
    while (!end.signal.aborted) await poll();
    while ((await poll()) > 0);
    return seen;
  })();
  return {
    stop: () => {
      end.abort();
      return followed;
    },
  };
}

async function doubles({ id }: TestOrganization) {
  return inOrganization(database.pool, id, async (client) => {
    const { rows } = await client.query<Record<'identities' | 'codes' | 'deadlocks', number>>(
      `select (select count(*)::integer from (select from lms_user where state <> 'deleted'
                group by org_defined_id_key having count(*) > 1) d) as identities,
              (select count(*)::integer from (select from lms_org_unit where state <> 'deleted'
                group by org_unit_type_id, code_key having count(*) > 1) d) as codes,
              (select deadlocks::integer from pg_stat_database where datname = current_database()) as deadlocks`,
    );
    return rows[0]!;
  });
}

function shuffled<Item>(items: Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
