import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { RecordCommand, WriteCommand } from '../../src/domain/command.ts';
import { uuidv7 } from '../../src/domain/ids.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { applySteps, type Step } from '../../src/state/apply.ts';
import type { LiveStore } from '../../src/state/create-store.ts';
import { inLane } from '../../src/state/in-transaction.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { command, type History, histories, type Mood } from './arbitraries.ts';
import { differences, readProjection, visible } from './compare.ts';
import { createOrganization, createStore, rowsOf, type TestOrganization } from './harness.ts';
import { holdsFor } from './holds-for.ts';
import { oracleWorld } from './world.ts';

/* What a range of a file says of one key is applied as what it comes to (docs/adr/0037): it must come to what its items come to one by one. */

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

/** Ranges of a file: each record a few times, with other words of its own, roles and deletes in between, in any order. */
const ranges = histories('calm', 1).chain(({ options }) =>
  fc
    .array(fc.array(saidAgain('calm'), { minLength: 1, maxLength: 8 }).chain(shuffled), { minLength: 1, maxLength: 3 })
    .map((all): History => ({ options, steps: all.map((commands) => ({ source: 'banner', commands })) })),
);

function shuffled(all: WriteCommand[][]): fc.Arbitrary<WriteCommand[]> {
  const commands = all.flat();
  const places = fc.array(fc.nat(1_000), { minLength: commands.length, maxLength: commands.length });
  return fc.oneof(
    fc.constant(commands),
    places.map((at) =>
      commands
        .map((one, index) => [at[index]!, one] as const)
        .sort(([a], [b]) => a - b)
        .map(([, one]) => one),
    ),
  );
}

/** Ranges that say something of one record alone; records take each other's names, ids and codes. */
const chains = histories('wild', 1).chain(({ options }) =>
  fc
    .array(saidAgain('wild'), { minLength: 1, maxLength: 12 })
    .map((all): History => ({ options, steps: all.map((commands) => ({ source: 'banner', commands })) })),
);

function saidAgain(mood: Mood): fc.Arbitrary<WriteCommand[]> {
  return command(mood, 'banner').chain((first) =>
    fc
      .tuple(wishes, fc.array(variation(first), { maxLength: 5 }))
      .map(([wished, others]) =>
        [first, ...others].map((one) => (wished === undefined ? one : { ...one, wishes: wished })),
      ),
  );
}

const wishes = fc.constantFrom<RecordCommand['wishes'][]>(
  ...[undefined, undefined, undefined, undefined],
  { keep: ['givenName', 'name'] },
  { leave: ['email', 'attributes', 'startsAt'] },
  { never: 'create' },
  { never: 'change' },
);

function variation(first: WriteCommand): fc.Arbitrary<WriteCommand> {
  const { entity, kind, sourcedId } = first;
  const fields = 'fields' in first ? (first.fields as unknown as Record<string, unknown>) : {};
  const said = fc.constantFrom('One', 'Two', 'Three', null);
  const own = said.map((text) => (entity === 'user' ? { givenName: text, email: text } : { name: text }));
  const roles = fc.constantFrom('Learner', 'Instructor', 'Mentor').map((role) => ({ roles: [{ role, active: true }] }));
  const changed = entity === 'enrollment' ? roles : own;
  return fc.oneof(
    { weight: 3, arbitrary: changed.map((others) => ({ ...first, fields: { ...fields, ...others } })) },
    { weight: 2, arbitrary: changed.map((others) => ({ entity, kind, sourcedId, verb: 'update', fields: others })) },
    { weight: 1, arbitrary: fc.constant({ entity, kind, sourcedId, verb: 'delete' }) },
    { weight: 1, arbitrary: fc.constant(first) },
  ) as fc.Arbitrary<WriteCommand>;
}

test('what a range says of a key comes to what its items come to one by one', async () => {
  await holdsFor(ranges, async (history) => {
    const [folded, oneByOne] = await playBoth(history);
    const [left, right] = [await standOf(folded, 'live links'), await standOf(oneByOne, 'live links')];
    expect(differences(visible(left.projection), visible(right.projection))).toEqual([]);
    expect(left.declared).toEqual(right.declared);
  });
});

test('so it does where records take names, ids and codes from each other', async () => {
  await holdsFor(chains, async (history) => {
    const [folded, oneByOne] = await playBoth(history);
    const [left, right] = [await standOf(folded, 'all links'), await standOf(oneByOne, 'all links')];
    expect(differences(visible(left.projection), visible(right.projection))).toEqual([]);
    expect(left.declared).toEqual(right.declared);
  });
});

async function playBoth(history: History): Promise<[folded: TestOrganization, oneByOne: TestOrganization]> {
  const [folded, oneByOne] = [await organizationOf(history), await organizationOf(history)];
  for (const step of history.steps) {
    if ('edit' in step) continue;
    const said = await apply(folded, [step.commands]);
    const saidApart = await apply(
      oneByOne,
      step.commands.map((one) => [one]),
    );
    expect(said.map(refusal)).toEqual(saidApart.map(refusal));
  }
  return [folded, oneByOne];
}

function organizationOf({ options }: History): Promise<TestOrganization> {
  return createOrganization(database.pool, store, oracleWorld(options));
}

/** As a run applies its items: ranges one after the other. */
async function apply({ id, sources }: TestOrganization, parts: readonly WriteCommand[][]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const messageId = uuidv7();
  const sourceSystemId = sources.get('banner')!.id;
  let at = 0;
  for (const part of parts) {
    const first = at;
    const steps = part.map((one, index): Step => ({
      command: one,
      messageId,
      sourceSystemId,
      isTerse: true,
      answer: (outcome) => {
        expect(outcomes[first + index]).toBeUndefined();
        outcomes[first + index] = outcome;
      },
    }));
    await inLane(database.pool, id, { reason: 'message', messageId }, (lane) => applySteps(lane, steps));
    at += part.length;
    expect(Object.keys(outcomes)).toHaveLength(at);
  }
  return outcomes;
}

/** What is refused, or was not there, is told of each item; what it waits for, of what is there at last. */
function refusal({ sourcedId, verb, status, problems }: Outcome): object {
  const isRefused = status === 'rejected' || problems.some(({ code }) => code === 'unknown_object');
  return { sourcedId, verb, problems: isRefused ? problems : [] };
}

async function standOf({ id }: TestOrganization, namedBy: 'all links' | 'live links') {
  const rows = <Row extends object>(sql: string) => rowsOf<Row>(database.pool, id, sql);
  return {
    projection: await readProjection(database.pool, id, namedBy),
    declared: [
      await rows('select sourced_id, fields, kept, deleted, released, live from declared_user order by 1'),
      await rows(
        // A placeholder that nothing names any more may as well never have been.
        'select sourced_id, kind, fields, kept, implied, deleted, released, live from declared_org_unit where not (implied and deleted) order by 1, 2',
      ),
      await rows(
        `select p.sourced_id, p.kind, position, role, parent_kind, parent_sourced_id
           from declared_parent p join declared_org_unit d on (d.sourced_id, d.kind) = (p.sourced_id, p.kind) and not (d.implied and d.deleted)
          order by 1, 2, 3`,
      ),
      await rows('select sourced_id, position, section_sourced_id from declared_association order by 1, 2'),
      await rows(
        'select sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, attributes, deleted, leaving, wait_code from declared_enrollment order by 1',
      ),
    ],
  };
}
