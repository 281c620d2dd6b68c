import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { checkNotices } from '../../../src/cli/doctor/check-notices.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { openedOthers } from '../../outbound/world.ts';
import { type ApiWorld, createApiWorld, type Tenant } from '../api-set-up.ts';
import { until } from '../runs/set-up.ts';
import { delivering, noticesOn, type Posted, receiver, toWebhook } from './set-up.ts';

const others = openedOthers();
let world: ApiWorld;
let tenant: Tenant;
let posted: Posted[];
let count = 0;

beforeAll(async () => {
  world = await createApiWorld();
});

beforeEach(async () => {
  tenant = await world.tenant(`silent-${String((count += 1))}`);
  posted = [];
  const { origin } = await others.http(receiver(posted));
  await watchers[0]!.subscriptions.put(
    tenant.editor,
    'ops',
    toWebhook(origin, { events: ['source_silent', 'source_speaks_again'] }),
  );
});

afterAll(async () => {
  await others.closeAll();
  await world.close();
});

/** Processes that watch, on the same database. */
const watchers: ReturnType<typeof noticesOn>[] = [];
beforeAll(() => {
  for (let each = 0; each < 4; each += 1) watchers.push(noticesOn(world.database.pool));
});

const address = '/api/v1/source-systems/sis/freshness';
/** So much longer than a test needs for a message, in minutes. */
const aMoment = 0.012;

async function source() {
  const { id: sourceSystemId } = await world.administration.sourceSystems.get(tenant.id, 'sis');
  return { organizationId: tenant.id, sourceSystemId };
}

const query = (sql: string) => inOrganization(world.database.pool, tenant.id, (client) => client.query<object>(sql));
/** Whether a silence is over is looked at each minute. */
const hurry = () => query(`update freshness set next_at = now() - interval '1 second'`);
const speak = (id: string) => tenant.sis.put(`/sis/v1/users/${id}`, { userName: id });
const types = () => posted.map(({ body }) => body.type);

async function watch(calendar: { maxSilenceMinutes: number }): Promise<void> {
  await world.notices.freshness.put(await source(), { timeZone: 'UTC', ...calendar }, { actor: 'test' });
}

test('a silence is told once, and its end once, whatever number of processes watch', async () => {
  await speak('A');
  await watch({ maxSilenceMinutes: aMoment });
  await delivering(watchers, async () => {
    await until(() => Promise.resolve(posted.length > 0));
    for (let time = 0; time < 5; time += 1) {
      await hurry();
      await delay(60);
    }
    expect(types()).toEqual(['source_silent']);
    expect((await tenant.admin.get('/api/v1/source-systems/sis')).body.silentSince).toMatch(/^20/);
    expect(await checkNotices(world.database.pool, tenant.id, tenant.code, { smtpUrl: undefined })).toEqual([
      expect.objectContaining({ level: 'warning', found: expect.stringMatching(/^sis has been silent since 20/) }),
    ]);
    await speak('B');
    // It is not to fall silent again before this test ends.
    await query('update freshness set calendar = calendar || \'{"maxSilenceMinutes": 60}\', next_at = now()');
    await until(() => Promise.resolve(posted.length > 1));
    await hurry();
    await delay(100);
  });
  expect(types()).toEqual(['source_silent', 'source_speaks_again']);
  const silence = posted[0]?.body.data.silence as Record<string, string>;
  expect(Date.parse(silence.silentSince ?? '') - Date.parse(silence.lastHeardAt ?? '')).toBeGreaterThan(0);
  expect((await tenant.admin.get('/api/v1/source-systems/sis')).body.silentSince).toBeNull();
  expect((await tenant.admin.get(address)).body).toMatchObject({
    silentSince: null,
    lastHeardAt: expect.any(String),
    silentAt: expect.any(String),
  });
});

test('whoever asks is told what came since the last look', async () => {
  await watch({ maxSilenceMinutes: 60 });
  await query("update freshness set looked_to = now() - interval '1 minute', next_at = now() + interval '1 hour'");
  const heard = async () => (await tenant.admin.get(address)).body.lastHeardAt;
  expect(await heard()).toBeNull();
  await speak('A');
  expect(await heard()).toMatch(/^20/);
});

test('a file speaks as well, and a message of another source system does not', async () => {
  await tenant.admin.post('/api/v1/source-systems', { code: 'other', name: 'Other' });
  const other = (await world.administration.sourceSystems.get(tenant.id, 'other')).id;
  const key = await source();
  const freshness = world.notices.freshness;
  await freshness.put(
    { ...key, sourceSystemId: other },
    { maxSilenceMinutes: aMoment, timeZone: 'UTC' },
    { actor: 'test' },
  );
  await speak('A');
  await delay(aMoment * 60_000);
  await delivering(watchers, async () => {
    await until(() => Promise.resolve(posted.length > 0));
    await speak('B');
    await hurry();
    await delay(100);
    expect(posted.map(({ body }) => [body.type, (body.data.sourceSystem as { code: string }).code])).toEqual([
      ['source_silent', 'other'],
    ]);
    const wish = { mode: 'validate', options: {}, reprocess: false, requestedBy: 'test' } as const;
    const delivery = {
      organizationId: tenant.id,
      sourceSystemId: other,
      name: 'u.csv',
      way: 'rest',
      receivedFrom: 'x',
      wish,
    } as const;
    await world.files.receive(delivery, bytes('type,action'));
    await hurry();
    await until(() => Promise.resolve(posted.length > 1));
  });
  expect(types()[1]).toBe('source_speaks_again');
});

async function* bytes(text: string): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield Buffer.from(text);
}

test('messages cost nothing more: nothing of the watch is written when one comes', async () => {
  await watch({ maxSilenceMinutes: 60 });
  await speak('A');
  await world.notices.freshness.look(tenant.id, new Date(), (row) => ({
    ...row,
    nextAt: new Date(Date.now() + 60_000),
  }));
  const row = async () => (await query('select xmin, freshness from freshness')).rows;
  const before = await row();
  await speak('B');
  expect(before).toHaveLength(1);
  expect(await row()).toEqual(before);
});

test('of a look that goes on where the last one ended, only what came since is read', async () => {
  await watch({ maxSilenceMinutes: 60 });
  const key = await source();
  const look = async () => {
    let newly: Date | null = null;
    await hurry();
    await world.notices.freshness.look(tenant.id, new Date(), (row) => {
      newly = row.newlyHeardAt;
      return { ...row, heardAt: row.newlyHeardAt ?? row.heardAt, nextAt: new Date() };
    });
    return newly as Date | null;
  };
  expect(await look()).toBeNull();
  await speak('A');
  const first = await look();
  expect(first).toBeInstanceOf(Date);
  expect(await look()).toBeNull();
  await speak('B');
  expect((await look())!.getTime()).toBeGreaterThan(first!.getTime());
  await query(`update freshness set looked_to = now() + interval '1 hour', heard_at = null`);
  expect(await look()).toBeNull();
  expect(await world.notices.freshness.find(key)).toBeDefined();
});

test('a source system that is disabled may be silent', async () => {
  await tenant.admin.patch('/api/v1/source-systems/sis', { state: 'disabled' });
  await watch({ maxSilenceMinutes: aMoment });
  await delay(aMoment * 60_000);
  await delivering(watchers, async () => {
    await hurry();
    await delay(200);
  });
  expect(posted).toEqual([]);
});

test('a calendar is set, read and removed by REST; one that never counts is refused', async () => {
  const calendar = {
    maxSilenceMinutes: 240,
    timeZone: 'America/Toronto',
    hours: { from: '08:00', to: '18:00' },
    weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'],
    terms: [{ from: '2026-09-01', to: '2099-12-20' }],
    excluded: [{ from: '2026-12-24', to: '2027-01-03' }],
  };
  expect((await tenant.admin.get(address)).status).toBe(404);
  const set = await tenant.admin.put(address, calendar);
  expect(set).toMatchObject({ status: 200, body: { ...calendar, silentSince: null, version: 1 } });
  expect((await tenant.admin.put(address, calendar, { 'if-match': '"9"' })).status).toBe(412);
  expect((await tenant.admin.put(address, calendar, { 'if-match': '"1"' })).body.version).toBe(2);
  for (const wrong of [
    { ...calendar, terms: [{ from: '2020-01-01', to: '2020-06-30' }] },
    { ...calendar, hours: { from: '8', to: '18:00' } },
    { ...calendar, hours: { from: '08:00', to: '08:00' } },
    { ...calendar, weekdays: ['funday'] },
    { ...calendar, timeZone: 'Mars/Olympus' },
    { ...calendar, terms: [{ from: '2026-12-20', to: '2026-09-01' }] },
    { ...calendar, maxSilenceMinutes: 0 },
    { ...calendar, more: 1 },
  ])
    expect((await tenant.admin.put(address, wrong)).status).toBe(400);
  expect((await tenant.admin.delete(address)).status).toBe(204);
  expect((await tenant.admin.delete(address)).status).toBe(404);
});
