import { afterEach, expect, test } from '@jest/globals';
import { startBackground } from '../../src/app/background.ts';
import type { Config } from '../../src/config.ts';
import type { Logs } from '../../src/log.ts';
import type { LiveStore } from '../../src/state/create-store.ts';
import { inLane, inOrganization } from '../../src/state/in-transaction.ts';
import { queueReprojection } from '../../src/state/projection/queue.ts';
import { createReprojection } from '../../src/state/reprojection.ts';
import { nothingTouched } from '../../src/state/touched.ts';
import { inUnit, membership } from '../oracle/commands.ts';
import type { TestOrganization } from '../oracle/harness.ts';
import { courseWithSections, useSetting } from './rules/setting.ts';

const setting = useSetting();
const stops: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

test('a queued row that the database refuses is left and said, and those behind it are projected', async () => {
  const { organization } = setting;
  await organization.send('lis', ...courseWithSections('S1'));
  const people = ['P1', 'P2', 'P3', 'P4', 'P5'];
  await organization.send('lis', ...people.map((id) => membership(`M${id}`, id, inUnit('section', 'S1'))));
  await spoil('MP3');
  await declareUnseen(organization, people);
  await queue(organization, people);

  const logged: object[] = [];
  const log = { warn: () => undefined, error: (fields: object) => void logged.push(fields) };
  // As three processes do.
  const workers = [1, 2, 3].map(() => createReprojection(setting.database.pool, log));
  const workOff = async (work: (id: number) => Promise<boolean>) => {
    while (await work(organization.id));
  };
  await Promise.all(workers.map(workOff));
  expect(logged).toEqual([
    expect.objectContaining({ organizationId: organization.id, kind: 'person', sourced_id: 'P3' }),
  ]);
  const { users } = await setting.look();
  expect(Object.keys(users)).toHaveLength(4);
  expect(await setting.query('select total, done from reprojection')).toEqual([{ total: 5, done: 5 }]);
});

test('an organization whose queue cannot be worked off holds up no other', async () => {
  const [broken, other] = [await setting.found({}), await setting.found({})];
  for (const organization of [broken, other]) {
    await declareUnseen(organization, ['P1']);
    await queue(organization, ['P1']);
  }
  const logged = begin({
    ...setting.store,
    workOff: (id) => (id === broken.id ? Promise.reject(new Error('no lane')) : setting.store.workOff(id)),
  });
  await workedOff(other);
  expect(logged[0]).toMatchObject({ organizationId: broken.id, failures: 1 });
  expect(await setting.query('select done from reprojection', [], broken)).toEqual([{ done: 0 }]);
});

/** What nobody can state any more: an instant that is none. */
async function spoil(sourcedId: string): Promise<void> {
  await inOrganization(setting.database.pool, setting.organization.id, (client) =>
    client.query(
      `update declared_enrollment set roles = jsonb_set(roles, '{0,startsAt}', '"Fall 2022"') where sourced_id = $1`,
      [sourcedId],
    ),
  );
}

/** Persons that are declared and not projected, as an edit leaves them until its queue is worked off. */
async function declareUnseen({ id, sources }: TestOrganization, people: readonly string[]): Promise<void> {
  await inOrganization(setting.database.pool, id, (client) =>
    client.query(
      `insert into declared_user (organization_id, source_system_id, sourced_id, fields, message_id)
       select $1, $2, sourced_id, '{}', gen_random_uuid() from unnest($3::text[]) as sourced_id`,
      [id, sources.get('lis')?.id, people],
    ),
  );
}

async function queue({ id, sources }: TestOrganization, people: readonly string[]): Promise<void> {
  const sourceSystemId = sources.get('lis')?.id ?? 0;
  await inLane(setting.database.pool, id, { reason: 'reproject' }, (lane) =>
    queueReprojection(lane, { ...nothingTouched, users: people.map((sourcedId) => ({ sourceSystemId, sourcedId })) }),
  );
}

/** Starts the work in the background; what it logs as an error. */
function begin(store: LiveStore): object[] {
  const logged: object[] = [];
  const silent = () => undefined;
  const log = { info: silent, debug: silent, warn: silent, error: (fields: object) => void logged.push(fields) };
  const logs = (() => log) as unknown as Logs;
  const releases = { add: (_: string, stop: () => Promise<void> | void) => void stops.push(stop) };
  const parts = { store, runsWait: { ring: silent } };
  startBackground(
    {} as Config,
    setting.database.pool,
    parts,
    { get: () => Promise.resolve(undefined) },
    logs,
    releases as never,
  );
  return logged;
}

async function workedOff(organization: TestOrganization): Promise<void> {
  const isOpen = async () =>
    (await setting.query('select from reprojection where finished_at is null', [], organization)).length > 0;
  for (const until = Date.now() + 30_000; await isOpen();) {
    if (Date.now() > until) throw new Error('the queue was not worked off');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
