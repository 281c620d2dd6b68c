import { expect, test } from '@jest/globals';
import type { Command, ListCommand, ListFilter } from '../../../src/domain/command.ts';
import type { Submission } from '../../../src/domain/message.ts';
import { person } from '../../oracle/commands.ts';
import { submission } from '../../oracle/harness.ts';
import { useSetting } from '../rules/setting.ts';

const setting = useSetting();

const people = (filter: ListFilter = {}): ListCommand => ({
  entity: 'user',
  kind: 'person',
  verb: 'list',
  sourcedId: '',
  filter,
});
const read = (sourcedId: string): Command => ({ entity: 'user', kind: 'person', verb: 'read', sourcedId });

function message(commands: Command[], more: Partial<Submission> = {}): Submission {
  return { ...submission(setting.organization.sources.get('lis')!, []), commands, ...more };
}
const send = (sent: Submission, state: 'enabled' | 'validate' = 'enabled') =>
  setting.store.write(sent, { ...setting.organization.sources.get('lis')!, state });

test('nobody waits for a list: others write while it reads', async () => {
  const { organization, database } = setting;
  await organization.send('lis', person('P1'));
  const blocker = await database.pool.connect();
  try {
    // The list has to look into the changes; a message that states nothing new does not.
    await blocker.query('begin; lock table change in access exclusive mode');
    let isAnswered = false;
    const listing = send(message([people({ changedSince: '2026-01-01T00:00:00Z' })])).finally(
      () => (isAnswered = true),
    );
    while (!(await isReading())) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await organization.send('lis', person('P1'))).toMatchObject([{ status: 'unchanged' }]);
    expect(isAnswered).toBe(false);
    await blocker.query('commit');
    expect((await listing).outcomes).toMatchObject([{ found: { sourcedIds: ['P1'] } }]);
  } finally {
    blocker.release(true);
  }

  async function isReading(): Promise<boolean> {
    const { rowCount } = await blocker.query(
      `select from pg_locks where not granted and relation = 'change'::regclass and database = (select oid from pg_database where datname = current_database())`,
    );
    return rowCount !== 0;
  }
});

test('a message of reads is answered in its order and journaled; what was refused keeps its place', async () => {
  await setting.organization.send('lis', person('P1'), person('P2'));
  const refused = { ...read('P3'), status: 'rejected' as const, problems: [] };
  const sent = message(
    [read('P2'), people(), read('P3'), read('P9'), read('P2'), people({ equals: { sourcedId: 'P1' } })],
    {
      refusals: new Map([[2, refused]]),
    },
  );
  const { outcomes } = await send(sent);
  expect(outcomes).toMatchObject([
    { record: { sourcedId: 'P2' } },
    { found: { sourcedIds: ['P1', 'P2'] } },
    { status: 'rejected', problems: [] },
    { status: 'rejected', problems: [{ code: 'unknown_object' }] },
    { record: { sourcedId: 'P2' } },
    { found: { sourcedIds: ['P1'] } },
  ]);
  const [journaled] = await setting.query<{ result: string; sourced_ids: string[]; outcomes: object[] }>(
    'select result, sourced_ids, outcomes from message where id = $1',
    [sent.envelope.id],
  );
  expect(journaled).toMatchObject({ result: 'failure', sourced_ids: ['P2', 'P3', 'P9'] });
  expect(JSON.stringify(journaled!.outcomes)).not.toMatch(/found|record/);
});

test('a nonce that was used before gets nothing to read', async () => {
  const nonces = [{ userName: 'lis', nonce: 'n1', expiresAt: new Date(Date.now() + 60_000) }];
  await send(message([people()], { nonces }));
  await expect(send(message([people()], { nonces }))).rejects.toMatchObject({ code: 'credentials_invalid' });
});

test('of a copy of an earlier message nothing is read: it is refused at once, and journaled', async () => {
  const { database } = setting;
  const nonces = [{ userName: 'lis', nonce: 'n2', expiresAt: new Date(Date.now() + 60_000) }];
  // A list of what changed has to look into the changes.
  const changed = people({ changedSince: '2026-01-01T00:00:00Z' });
  await send(message([changed], { nonces }));
  const copy = message([changed], { nonces });
  const blocker = await database.pool.connect();
  try {
    await blocker.query('begin; lock table change in access exclusive mode');
    await expect(send(copy)).rejects.toMatchObject({ code: 'credentials_invalid', journaled: true });
  } finally {
    blocker.release(true);
  }
  const journaled = await setting.query<object>(`select result, refusal->>'code' as code from message where id = $1`, [
    copy.envelope.id,
  ]);
  expect(journaled).toEqual([{ result: 'refused', code: 'credentials_invalid' }]);
});

test('to read twice is to ask twice, whatever key the message bears; and a trial reads what there is', async () => {
  const { organization } = setting;
  const keyed = () => {
    const sent = message([people()]);
    return { ...sent, envelope: { ...sent.envelope, body: Buffer.from('the same'), idempotencyKey: 'k1' } };
  };
  await send(keyed());
  await organization.send('lis', person('P1'));
  const { outcomes } = await send(keyed(), 'validate');
  expect(outcomes).toMatchObject([{ status: 'read', found: { sourcedIds: ['P1'] }, problems: [] }]);
  const [journaled] = await setting.query<{ outcomes: object[] }>(
    'select outcomes from message order by id desc limit 1',
  );
  expect(journaled!.outcomes[0]).not.toHaveProperty('found');
});

test('a mixed message reads what it wrote before, and nothing of another organization', async () => {
  const { store } = setting;
  const { outcomes } = await send(message([person('P1'), people(), person('P2')]));
  expect(outcomes[1]!.found!.sourcedIds).toEqual(['P1']);
  const other = (await setting.found({})).sources.get('lis')!;
  const { outcomes: others } = await store.write({ ...submission(other, []), commands: [people()] }, other);
  expect(others).toMatchObject([{ found: { sourcedIds: [] } }]);
});

test('slices go on after the last id and keep the save point of the first; the last has no next', async () => {
  const { organization } = setting;
  const all = Array.from({ length: 25 }, (_, n) => `P${String(n).padStart(2, '0')}`);
  await organization.send('lis', ...all.map((id) => person(id, { orgDefinedId: id, email: `${id}@example.org` })));
  for (const filter of [{}, { changedSince: '2026-01-01T00:00:00Z' }, { active: true }]) {
    const got: string[][] = [];
    const savePoints = new Set<string>();
    let slice: ListCommand['slice'] & object = { after: '', size: 10 };
    for (;;) {
      const { found } = (await send(message([{ ...people(filter), records: true, slice }]))).outcomes[0]!;
      expect(found!.records!.map(({ sourcedId }) => sourcedId)).toEqual(found!.sourcedIds);
      got.push([...found!.sourcedIds]);
      savePoints.add(found!.savePoint);
      if (found!.next === undefined) break;
      slice = { after: found!.next, size: 10, savePoint: found!.savePoint };
    }
    expect(got).toEqual([all.slice(0, 10), all.slice(10, 20), all.slice(20)]);
    expect(savePoints.size).toBe(1);
  }
});
