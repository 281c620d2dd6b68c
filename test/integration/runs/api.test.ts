import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createUploadStore } from '../../../src/state/uploads/upload-store.ts';
import { sealingKey } from '../access-set-up.ts';
import { type ApiWorld, createApiWorld, type Tenant } from '../api-set-up.ts';
import { handMadeZip } from '../../zip/hand-made-zip.ts';
import { isEnded, lines, runParts, workUntil } from './set-up.ts';

let world: ApiWorld;
let tenant: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  tenant = await world.tenant('files', 'd2l-csv');
});

afterAll(() => world.close());

const users = 'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email';

async function upload(content: string): Promise<string> {
  const { pool } = world.database;
  const uploads = createUploadStore({
    pool,
    sealer: runParts(pool, { key: sealingKey }).sealer,
    limitBytes: 1_000_000,
  });
  const { id: sourceSystemId } = await world.administration.sourceSystems.get(tenant.id, 'sis');
  const made = await uploads.begin(tenant.id, { sourceSystemId, name: 'u.zip', way: 'command', receivedFrom: 'test' });
  await uploads.append(tenant.id, made.id, 0, bytesOf(handMadeZip([{ name: '7-Users.csv', content }])));
  await uploads.complete(tenant.id, made.id);
  return made.id;
}

async function* bytesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield bytes;
}

async function finished(id: string): Promise<void> {
  const { pool } = world.database;
  await workUntil(runParts(pool, { key: sealingKey }), async () =>
    isEnded(await world.administration.runs.get(tenant.id, id)),
  );
}

const rows = (first: string): string =>
  lines(
    users,
    `user,UPDATE,ada,P1,${first},Lovelace,,1,Student,`,
    'user,UPDATE,=1+1,,,,,1,Student,',
    'user,BURN,x,P3,X,Y,,1,Student,',
  );

let runId: string;

test('a run is requested, worked on, and told', async () => {
  const requested = await tenant.admin.post('/api/v1/runs', { sourceSystem: 'sis', upload: await upload(rows('Ada')) });
  expect(requested).toMatchObject({ status: 202, body: { state: 'queued', mode: 'apply', sourceSystem: 'sis' } });
  runId = requested.body.id;
  await finished(runId);
  const { body } = await tenant.admin.get(`/api/v1/runs/${runId}`);
  expect(body).toMatchObject({
    state: 'finished',
    dialect: 'd2l-csv',
    progress: { percent: 100 },
    counters: { person: { add: 1 } },
    items: 1,
    applied: 1,
    upload: { name: 'u.zip' },
  });
  expect((await tenant.admin.get('/api/v1/runs?state=finished&sourceSystem=sis')).body.items).toHaveLength(1);
});

test('its plan and its problems come in pages', async () => {
  const again = await tenant.admin.post('/api/v1/runs', {
    sourceSystem: 'sis',
    upload: await upload(rows('Augusta Ada')),
    mode: 'plan',
  });
  await finished(again.body.id);
  const items = await tenant.admin.get(`/api/v1/runs/${again.body.id}/items?operation=change`);
  expect(items.body.items).toEqual([
    expect.objectContaining({
      number: 1,
      operation: 'change',
      kind: 'person',
      sourcedId: 'P1',
      file: '7-Users.csv',
      line: 2,
      applied: false,
      changes: [{ field: 'givenName', before: 'Ada', after: 'Augusta Ada' }],
    }),
  ]);
  const effects = await tenant.admin.get(`/api/v1/runs/${again.body.id}/items?effects=true`);
  expect(effects.body.items[0]).toMatchObject({
    effects: { person: { changed: 1, ended: 0, samples: [{ sort: 'changed', sourcedId: 'P1', item: 1 }] } },
  });
  expect(items.body.items[0]).toMatchObject({ effects: null });
  expect((await tenant.admin.get(`/api/v1/runs/${again.body.id}`)).body).toMatchObject({
    effects: { person: { created: 0, changed: 1, count: 0, live: 1, from: [] } },
  });
  const first = await tenant.admin.get(`/api/v1/runs/${runId}/problems?limit=1`);
  expect(first.body.items).toEqual([expect.objectContaining({ severity: 'error', file: '7-Users.csv', line: 3 })]);
  const next = await tenant.admin.get(`/api/v1/runs/${runId}/problems?after=${first.body.next}`);
  expect(next.body.items.at(-1)).toMatchObject({ line: 4 });
});

test('it can be watched until it has ended', async () => {
  const { status, headers, body } = await tenant.admin.get(`/api/v1/runs/${runId}/events`);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const [retry, shown = '', end] = String(body.text).split('\n\n');
  expect([retry, end]).toEqual(['retry: 2000', 'event: end\ndata: {}']);
  const [event, data = ''] = shown.split('\ndata: ');
  expect([event, JSON.parse(data)]).toEqual(['event: run', (await tenant.admin.get(`/api/v1/runs/${runId}`)).body]);
  const nowhere = await tenant.admin.get('/api/v1/runs/01a2006e-f354-7a39-bc3b-ae35d74bfaf1/events');
  expect([nowhere.status, nowhere.body.code]).toEqual([404, 'not_found']);
});

test('its problems are a download that no spreadsheet takes for formulas', async () => {
  const { status, headers, body } = await tenant.admin.get(`/api/v1/runs/${runId}/problems.csv`);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(headers.get('content-disposition')).toContain('attachment');
  const [first, ...others] = String(body.text).split('\r\n');
  expect(first).toBe('severity,code,file,line,column,field,kind,sourcedId,affects,message,guideText');
  expect(others.length).toBeGreaterThan(1);
  for (const line of others) expect(line).not.toMatch(/(^|,)"?[=+@]/);
});

test('its items are a download with what became of each', async () => {
  const { status, headers, body } = await tenant.admin.get(`/api/v1/runs/${runId}/items.csv`);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  expect(headers.get('content-disposition')).toContain(`items-${runId}.csv`);
  const [first, ...others] = String(body.text).split('\r\n');
  expect(first).toBe(
    'number,operation,kind,sourcedId,file,line,outcome,hold,codes,problems,changes,leaves,dueAt,message',
  );
  expect(others.slice(0, 1)).toEqual(['1,add,person,P1,7-Users.csv,2,done,,,,,,,']);
  const { body: none } = await tenant.admin.get(`/api/v1/runs/${runId}/items.csv?operation=remove`);
  expect(String(none.text).split('\r\n')).toEqual([first, '']);
});

test('its message is in the journal, changes lead to it, and it cannot be replayed', async () => {
  const message = await tenant.admin.get(`/api/v1/messages/${runId}`);
  expect(message.body).toMatchObject({
    id: runId,
    door: 'file',
    operation: 'run',
    dialect: 'd2l-csv',
    result: 'success',
  });
  const changes = await tenant.admin.get('/api/v1/changes?limit=10');
  expect(changes.body.items.map(({ cause }) => cause)).toContainEqual(expect.objectContaining({ messageId: runId }));
  expect((await tenant.admin.post(`/api/v1/messages/${runId}/replay`)).status).toBe(409);
});

test('a paused run waits, and holds up the one behind it; both can be cancelled', async () => {
  const one = await tenant.admin.post('/api/v1/runs', { sourceSystem: 'sis', upload: await upload(rows('A')) });
  expect((await tenant.admin.post(`/api/v1/runs/${one.body.id}/pause`)).body).toMatchObject({ paused: true });
  const two = await tenant.admin.post('/api/v1/runs', { sourceSystem: 'sis', upload: await upload(rows('B')) });
  await workUntil(
    runParts(world.database.pool, { key: sealingKey }),
    () => new Promise((resolve) => setTimeout(() => resolve(true), 300)),
  );
  expect((await tenant.admin.get(`/api/v1/runs/${two.body.id}`)).body).toMatchObject({ state: 'queued' });
  expect((await tenant.admin.post(`/api/v1/runs/${one.body.id}/cancel`)).body).toMatchObject({ state: 'cancelled' });
  await finished(two.body.id);
  expect((await tenant.admin.get(`/api/v1/runs/${two.body.id}`)).body).toMatchObject({ state: 'finished' });
  expect(await tenant.admin.post(`/api/v1/runs/${two.body.id}/cancel`)).toMatchObject({
    status: 409,
    body: { code: 'conflict' },
  });
  expect((await tenant.admin.post(`/api/v1/runs/${one.body.id}/resume`)).status).toBe(409);
});

test('what is not there is not found, and others see nothing of it', async () => {
  const none = '00000000-0000-7000-8000-000000000000';
  for (const path of [
    `runs/${none}`,
    'runs/x',
    `runs/${none}/items`,
    `runs/${none}/problems`,
    `runs/${none}/problems.csv`,
    `runs/${none}/items.csv`,
  ])
    expect(await tenant.admin.get(`/api/v1/${path}`)).toMatchObject({ status: 404 });
  expect(await tenant.admin.post('/api/v1/runs', { sourceSystem: 'sis', upload: none })).toMatchObject({ status: 404 });
  const other = await world.tenant('others');
  expect(await other.admin.get(`/api/v1/runs/${runId}`)).toMatchObject({ status: 404 });
  expect((await other.admin.get('/api/v1/runs')).body.items).toEqual([]);
});
