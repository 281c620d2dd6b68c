import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createUploadStore } from '../../../src/state/uploads/upload-store.ts';
import { sealingKey } from '../access-set-up.ts';
import { type ApiWorld, createApiWorld, type Tenant } from '../api-set-up.ts';
import { handMadeZip } from '../../zip/hand-made-zip.ts';
import { isEnded, lines, runParts, workUntil } from './set-up.ts';

let world: ApiWorld;
let tenant: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  tenant = await world.tenant('windows', 'd2l-csv');
});

afterAll(() => world.close());

const path = '/api/v1/source-systems/sis';
/** Around the present, by the clocks of UTC. */
const wall = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16);
const exams = { name: 'Exam weeks', from: wall(-1), until: wall(2) };

test('windows and grace are options of a source system, with its version', async () => {
  const { body: before } = await tenant.admin.get(path);
  expect(before.effectiveOptions).toMatchObject({ windows: {}, grace: {} });
  const grace = { others: { days: 14 }, roles: [{ roles: ['Instructor'], days: 'never', meanwhile: 'active' }] };
  const windows = {
    timeZone: 'America/Toronto',
    blackouts: [exams],
    addsOnly: [{ name: 'Term', weekly: { days: ['mon', 'fri'], from: '22:00', until: '04:00' }, changes: true }],
  };
  const tag = { 'if-match': `"${before.version}"` };
  const changed = await tenant.admin.patch(path, { options: { windows, grace } }, tag);
  expect(changed).toMatchObject({ status: 200, body: { options: { windows, grace }, version: before.version + 1 } });
  expect((await tenant.admin.patch(path, { options: { windows: null } }, tag)).status).toBe(412);
  const cleared = await tenant.admin.patch(path, { options: { windows: null, grace: null } });
  expect(cleared.body.effectiveOptions).toMatchObject({ windows: {}, grace: {} });
});

describe('what cannot be meant is refused in words', () => {
  test.each<[object, RegExp]>([
    [{ windows: { timeZone: 'Mars/Olympus' } }, /IANA name of a time zone/],
    [{ windows: { blackouts: [{ ...exams, until: wall(-2) }] } }, /"Exam weeks" ends .* before it begins/],
    [
      { windows: { blackouts: [exams, { ...exams, name: 'Feast', until: wall(9) }] } },
      /"Exam weeks" and "Feast" overlap/,
    ],
    [
      { windows: { blackouts: [{ name: 'Never', from: 'tomorrow', until: wall(3) }] } },
      /a date and a time without a zone/,
    ],
    [
      { windows: { addsOnly: [{ name: 'x', weekly: { days: ['mon'], from: '25:00', until: '26:00' } }] } },
      /a time of the day/,
    ],
    [{ grace: { others: { days: -1 } } }, /days/],
    [{ grace: { roles: [{ roles: ['TA', 'ta'], days: 3 }] } }, /"ta" more than once/],
  ])('%#', async (options, said) => {
    const { status, body } = await tenant.admin.patch(path, { options });
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body.message).toMatch(said);
  });
});

async function request(): Promise<string> {
  const { pool } = world.database;
  const uploads = createUploadStore({ pool, sealer: runParts(pool, { key: sealingKey }).sealer, limitBytes: 100_000 });
  const { id: sourceSystemId } = await world.administration.sourceSystems.get(tenant.id, 'sis');
  const made = await uploads.begin(tenant.id, { sourceSystemId, name: 'u.zip', way: 'command', receivedFrom: 'test' });
  const header = 'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email';
  const content = lines(header, 'user,UPDATE,ada,P1,Ada,Lovelace,,1,Student,');
  const zip = handMadeZip([{ name: '7-Users.csv', content }]);
  await uploads.append(
    tenant.id,
    made.id,
    0,
    (async function* () {
      await Promise.resolve();
      yield zip;
    })(),
  );
  await uploads.complete(tenant.id, made.id);
  const { body } = await tenant.admin.post('/api/v1/runs', { sourceSystem: 'sis', upload: made.id });
  return body.id;
}

test('a run tells what it waits for, and goes on at once where somebody says so', async () => {
  await tenant.admin.patch(path, { options: { windows: { blackouts: [exams] } } });
  const id = await request();
  const parts = runParts(world.database.pool, { key: sealingKey });
  const show = () => world.administration.runs.get(tenant.id, id);
  const told = async () => (await tenant.admin.get(`/api/v1/runs/${id}`)).body;
  await workUntil(parts, async () => (await show()).waits?.until != null);
  expect(await told()).toMatchObject({
    state: 'planned',
    waits: { for: 'blackout', window: 'Exam weeks', until: `${exams.until}:00.000Z` },
    override: null,
    leaving: { waiting: 0, ended: 0, returned: 0, failed: 0, nextAt: null },
  });
  const resumed = await tenant.admin.post(`/api/v1/runs/${id}/resume?now=true`);
  expect(resumed).toMatchObject({ status: 200, body: { waits: null, override: { by: expect.any(String) } } });
  await workUntil(parts, async () => isEnded(await show()));
  expect(await told()).toMatchObject({ state: 'finished', applied: 1, override: resumed.body.override });
});
