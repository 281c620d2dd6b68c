import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
});
afterAll(() => world.close());

const fixture = (dialect: string, name: string): string =>
  readFileSync(join(import.meta.dirname, '../fixtures', dialect, name, 'request.xml'), 'utf8')
    // The credentials of a fixture are nobody's here.
    .replace(/<wsse:Security [^]*<\/wsse:Security>/, '');
const of = (point: string): string => `/api/v1/source-systems/sis/extension-points/${point}`;

/** Sends a document as the source system; the id under which it was journaled. */
async function send(path: string, document: string): Promise<string> {
  await north.sis.post(path, document, { 'content-type': 'text/xml; charset=utf-8' });
  const { body } = await north.admin.get('/api/v1/messages?limit=1');
  return String(body.items[0]?.id);
}

const fieldsOf = async (id: string): Promise<unknown> => (await north.sis.get(`/sis/v1/users/${id}`)).body.fields;

async function dryRun(point: string, messageId: string, list?: object) {
  const { status, body } = await north.admin.post(`/api/v1/extension-points/${point}/dry-run`, { messageId, list });
  expect(status).toBe(200);
  return body as unknown as {
    records: { sourcedId: string; at: string; steps: { plugin: string; changes: object[]; refusal?: object }[] }[];
    wishes: object[];
    refusal?: object;
  };
}

/** The shipped list of a point without some of its steps. */
async function without(point: string, ...names: string[]) {
  const { body } = await north.admin.get(`/api/v1/extension-points/${point}`);
  const { entries } = body.list as { entries: { plugin: string; sortOrder: number }[] };
  return {
    entries: entries
      .filter(({ plugin }) => !names.includes(plugin))
      .map(({ plugin, sortOrder }) => ({ plugin, sortOrder })),
  };
}

const dialects = [
  ['saip', '/saip/pms', fixture('saip', 'create-person'), 'N4001', 'email', 'e-mail'],
  ['ims-es1', '/es1/pms', fixture('ims-es1', 'create-person'), 'p-31', 'userName', 'user-name'],
  ['ims-enterprise', '/enterprise', fixture('ims-enterprise', 'luminis-person'), '2000417', 'userName', 'user-ids'],
] as const;

describe.each(dialects)('the steps of %s', (dialect, path, document, id, field, step) => {
  const point = `translate.${dialect}.person`;

  it('read what the list says, and no more', async () => {
    const list = await without(point, `${dialect}-person-${step}`);
    expect((await north.admin.put(of(point), list)).status).toBe(200);
    await send(path, document);
    expect(await fieldsOf(id)).not.toHaveProperty(field);
    await north.sis.delete(`/sis/v1/users/${id}`);
    await north.admin.delete(of(point));
    await send(path, document);
    expect(await fieldsOf(id)).toHaveProperty(field);
  });

  it('need their base', async () => {
    const { status, body } = await north.admin.put(of(point), await without(point, `${dialect}-person-base`));
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'invalid_plugin_list' });
  });

  it('can be tried out on a stored message', async () => {
    const messageId = await send(path, document);
    const run = await dryRun(point, messageId);
    expect(run.records).toHaveLength(1);
    const { sourcedId, steps } = run.records[0]!;
    expect(sourcedId).toBe(id);
    expect(steps.find(({ plugin }) => plugin === `${dialect}-person-${step}`)?.changes).toContainEqual(
      expect.objectContaining({ field, after: expect.any(String) }),
    );
    expect(run.wishes).toEqual([expect.objectContaining({ sourcedId: id, fields: await fieldsOf(id) })]);
    const less = await dryRun(point, messageId, await without(point, `${dialect}-person-${step}`));
    expect(less.wishes).toEqual([
      expect.objectContaining({ fields: expect.not.objectContaining({ [field]: expect.anything() }) }),
    ]);
  });
});

describe('a bare record of LIS 2.0', () => {
  it('is read by the lists of LIS 2.0', async () => {
    const point = 'translate.lis2.person';
    await north.admin.put(of(point), await without(point, 'lis2-person-e-mail'));
    const messageId = await send('/lis/record', fixture('lis2-record', 'person'));
    const id = 'b5c1d7a0-4e31-11ef-9d1c-0242ac120002';
    expect(await fieldsOf(id)).not.toHaveProperty('email');
    await north.admin.delete(of(point));
    const { records } = await dryRun(point, messageId, { template: 'standard' });
    expect(records[0]?.steps.find(({ plugin }) => plugin === 'lis2-person-e-mail')?.changes).toEqual([
      { field: 'email', after: 'ebba.nordqvist@uni.example' },
    ]);
  });
});

describe('a dry run of a message that was refused', () => {
  it('shows the step that refuses it, and what another list would read', async () => {
    const point = 'translate.lis2.course_template';
    const messageId = await send('/lis/cms', fixture('lis2', 'refused-missing-title'));
    const run = await dryRun(point, messageId);
    expect(run).toMatchObject({ refusal: { code: 'incomplete_data' }, wishes: [] });
    expect(run.records[0]?.steps.at(-1)).toMatchObject({
      plugin: 'lis2-course-template-title',
      refusal: { code: 'incomplete_data' },
    });
    const other = await dryRun(point, messageId, await without(point, 'lis2-course-template-title'));
    expect(other.refusal).toBeUndefined();
    expect(other.wishes).toHaveLength(1);
  });

  it('shows the records of a snapshot that are refused beside those that are not', async () => {
    const messageId = await send('/enterprise', fixture('ims-enterprise', 'partly-unreadable'));
    const { records } = await dryRun('translate.ims-enterprise.person', messageId);
    expect(records.some(({ steps }) => steps.at(-1)?.refusal !== undefined)).toBe(true);
    expect(records.some(({ steps }) => steps.at(-1)?.refusal === undefined)).toBe(true);
  });

  it('of another dialect shows that the point reads nothing of it', async () => {
    const { body } = await north.sis.put('/sis/v1/users/R1', { userName: 'r1' });
    const { records, wishes } = await dryRun('translate.lis2.person', body.messageId);
    expect(records).toEqual([]);
    expect(wishes).toHaveLength(1);
  });
});
