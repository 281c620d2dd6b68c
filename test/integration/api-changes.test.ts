import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
});
afterAll(() => world.close());

const changes = async (query: string): Promise<Body> => (await north.admin.get(`/api/v1/changes?${query}`)).body;
const put = (sourcedId: string, fields: object) => north.sis.put(`/sis/v1/users/${sourcedId}`, fields);
const cursorNow = async () => (await north.admin.get('/api/v1/snapshot')).body.cursor;
const seqOf = (cursor: string) => Number(cursor.split('.')[1]);

describe('the feed of changes', () => {
  it('tells what changed, from what, and why', async () => {
    const start = await cursorNow();
    const { body } = await put('A', { userName: 'a', givenName: 'Ada' });
    await put('A', { userName: 'a', givenName: 'Augusta' });
    const { items } = await changes(`after=${start}`);
    expect(items).toMatchObject([
      {
        entity: 'user',
        operation: 'created',
        before: null,
        after: { userName: 'a', givenName: 'Ada', state: 'active' },
        cause: { reason: 'message', messageId: body.messageId },
        links: [{ sourceSystem: 'sis', sourcedId: 'A', kind: 'person' }],
      },
      { operation: 'updated', before: { givenName: 'Ada' }, after: { givenName: 'Augusta' } },
    ]);
    expect(items[0]!.lmsId).toBe(body.lmsId);
  });

  it('tells what is gone as null', async () => {
    const enroll = (role: object) =>
      north.sis.put('/sis/v1/enrollments/GE', {
        userSourcedId: 'G',
        orgUnit: 'GO',
        roles: [{ role: 'Learner', ...role }],
      });
    await put('G', { givenName: 'G', email: 'g@example.edu', attributes: { k: 'v' }, roles: [{ role: 'Learner' }] });
    await north.sis.put('/sis/v1/org-units/GO?kind=offering', { name: 'GO', endsAt: '2027-06-01T00:00:00Z' });
    const start = await cursorNow();
    const { body } = await enroll({ subRole: 'auditor', endsAt: '2027-01-01T02:00:00+02:00' });
    await enroll({});
    await put('G', { givenName: 'G' });
    await north.sis.patch('/sis/v1/org-units/GO?kind=offering', { endsAt: null });
    await enroll({ active: false });
    const { items } = await changes(`after=${start}`);
    const stood = { role: 'student', userId: expect.any(String), orgUnitId: expect.any(String), state: 'active' };
    const dated = { subRole: 'auditor', endsAt: '2027-01-01T00:00:00.000Z' };
    expect(items.map(({ operation, before, after }) => ({ operation, before, after }))).toEqual([
      { operation: 'created', before: null, after: { ...stood, ...dated } },
      { operation: 'updated', before: dated, after: { subRole: null, endsAt: null } },
      {
        operation: 'updated',
        before: { role: 'student', email: 'g@example.edu', attributes: { k: 'v' } },
        after: { role: null, email: null, attributes: null },
      },
      { operation: 'updated', before: { endsAt: '2027-06-01T00:00:00.000Z' }, after: { endsAt: null } },
      { operation: 'deleted', before: stood, after: null },
    ]);
    const { startsAt, endsAt, state } = (await north.admin.get(`/api/v1/enrollments/${body.lmsId}`)).body;
    expect({ startsAt, endsAt, state }).toEqual({ startsAt: null, endsAt: null, state: 'ended' });
  });

  it('goes on from `next`, also when there is nothing new', async () => {
    const first = await changes('limit=1');
    const second = await changes(`limit=1&after=${first.next!}`);
    expect(seqOf(second.next!)).toBe(seqOf(first.next!) + 1);
    expect(first.next).toBe(first.items[0]!.cursor);
    const end = await cursorNow();
    expect(await changes(`after=${end}`)).toEqual({ items: [], next: end });
  });

  it('is found by entity, LMS object, source system and sourced id', async () => {
    const start = await cursorNow();
    await north.sis.put('/sis/v1/org-units/O?kind=offering', { code: 'O', name: 'O' });
    await put('B', { userName: 'b' });
    const enrollment = { userSourcedId: 'B', orgUnit: 'O', roles: [{ role: 'Learner' }] };
    const { body } = await north.sis.put('/sis/v1/enrollments/E', enrollment);
    const entities = async (query: string) =>
      (await changes(`after=${start}&${query}`)).items.map(({ entity }) => entity);
    expect(await entities('')).toEqual(['org_unit', 'user', 'enrollment']);
    expect(await entities('entity=user')).toEqual(['user']);
    expect(await entities(`lmsId=${body.lmsId}`)).toEqual(['enrollment']);
    expect(await entities('sourcedId=E')).toEqual(['enrollment']);
    expect(await entities('sourcedId=B')).toEqual(['user']);
    expect(await entities('sourceSystem=sis')).toEqual(['org_unit', 'user', 'enrollment']);
    expect(await entities('sourceSystem=console')).toEqual([]);
    const filtered = await changes(`after=${start}&entity=user`);
    expect(filtered.next).toBe(await cursorNow());
  });

  it('names who edited, where it was no message', async () => {
    const start = await cursorNow();
    const { lmsId } = (await north.admin.get('/api/v1/users?sourcedId=B')).body.items[0]!;
    await north.admin.put(`/api/v1/users/${lmsId}/overrides/nickname`, { value: 'Bee' });
    expect((await changes(`after=${start}`)).items).toMatchObject([
      {
        operation: 'updated',
        cause: { reason: 'override', actor: expect.stringContaining('token test') },
        after: { nickname: 'Bee' },
      },
    ]);
  });

  it('refuses what is no cursor', async () => {
    for (const after of ['5', 'x.y', "'; drop table change; --"]) {
      const answer = await north.admin.get(`/api/v1/changes?after=${encodeURIComponent(after)}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', field: 'after' } });
    }
  });
});

describe('a reader that waits', () => {
  it('is answered as soon as there is a change', async () => {
    const start = await cursorNow();
    const started = performance.now();
    const waiting = changes(`after=${start}&wait=10`);
    setTimeout(() => void put('W', { userName: 'w' }), 300);
    expect((await waiting).items).toMatchObject([{ entity: 'user', operation: 'created' }]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('is answered with nothing when its time is over, and changes that do not match do not end its wait', async () => {
    const start = await cursorNow();
    const started = performance.now();
    const waiting = changes(`after=${start}&wait=2&entity=org_unit`);
    setTimeout(() => void put('W', { userName: 'w2' }), 200);
    const { items, next } = await waiting;
    expect(items).toEqual([]);
    expect(seqOf(next!)).toBeGreaterThan(seqOf(start));
    expect(performance.now() - started).toBeGreaterThan(1_900);
  });

  it('is answered like all others who wait', async () => {
    const start = await cursorNow();
    const waiting = Array.from({ length: 50 }, () => changes(`after=${start}&wait=10`));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await put('W', { userName: 'w3' });
    for (const page of await Promise.all(waiting)) expect(page.items).toHaveLength(1);
  });
});

it('a reader misses nothing and sees nothing twice while many write', async () => {
  const start = await cursorNow();
  const seen: number[] = [];
  let writing = true;
  const reader = async () => {
    let after = start;
    for (;;) {
      const more = writing;
      const page = await changes(`after=${after}&limit=7&wait=${more ? 1 : 0}`);
      seen.push(...page.items.map(({ cursor }) => seqOf(cursor)));
      after = page.next!;
      if (!more && page.items.length === 0) return;
    }
  };
  const reading = reader();
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; round < 25; round += 1)
      await put(`C${writer}-${round % 5}`, { userName: `c${writer}-${round}` });
  });
  await Promise.all(writers);
  writing = false;
  await reading;
  const first = seqOf(start) + 1;
  expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => first + index));
});

describe('a cursor', () => {
  it('older than what is kept gets 410 and the address of the snapshot', async () => {
    const south = await world.tenant('south');
    const { cursor } = (await south.admin.get('/api/v1/snapshot')).body;
    for (const id of ['1', '2', '3']) await south.sis.put(`/sis/v1/users/${id}`, { userName: id });
    const middle = (await south.admin.get(`/api/v1/changes?after=${cursor}&limit=2`)).body.next!;
    await inTenant(south.id, `update lane set removed_seq = ${seqOf(middle)}`);
    await inTenant(south.id, `delete from change where seq <= ${seqOf(middle)}`);
    const expired = await south.admin.get(`/api/v1/changes?after=${cursor}`);
    expect(expired).toMatchObject({ status: 410, body: { code: 'cursor_expired', snapshot: '/api/v1/snapshot' } });
    expect((await south.admin.get('/api/v1/changes')).status).toBe(410);
    expect((await south.admin.get(`/api/v1/changes?after=${middle}`)).body.items).toHaveLength(1);
  });

  it('of another history gets 410 too: a database restored to an earlier state has a new epoch', async () => {
    const east = await world.tenant('east');
    const { cursor } = (await east.admin.get('/api/v1/snapshot')).body;
    await inTenant(east.id, `update lane set epoch = 'restored'`);
    expect((await east.admin.get(`/api/v1/changes?after=${cursor}`)).status).toBe(410);
    const { body } = await east.admin.get('/api/v1/snapshot');
    expect(body).toEqual({
      cursor: 'restored.0',
      collections: ['/api/v1/org-units', '/api/v1/users', '/api/v1/enrollments', '/api/v1/relations'],
    });
    expect((await east.admin.get(`/api/v1/changes?after=${body.cursor}`)).status).toBe(200);
    expect((await east.admin.get('/api/v1/changes?after=restored.99')).status).toBe(410);
  });
});

describe('re-projections', () => {
  it('show their progress', async () => {
    await inTenant(
      north.id,
      `insert into reprojection (organization_id, cause, total, done) values (${north.id}, '{"reason": "map"}', 7000, 1000)`,
    );
    const { items } = (await north.admin.get('/api/v1/reprojections')).body;
    expect(items).toMatchObject([{ reason: 'map', total: 7000, done: 1000, finishedAt: null }]);
    expect((await north.admin.get(`/api/v1/reprojections/${items[0]!.id}`)).body).toEqual(items[0]);
    expect((await north.admin.get('/api/v1/reprojections/0')).status).toBe(404);
    expect((await north.admin.get('/api/v1/reprojections/x')).status).toBe(404);
  });
});

async function inTenant(organizationId: number, statement: string): Promise<void> {
  const client = await world.database.pool.connect();
  try {
    await client.query(`begin; set local passerelle.organization_id = '${organizationId}'`);
    await client.query(statement);
    await client.query('commit');
  } finally {
    client.release();
  }
}
