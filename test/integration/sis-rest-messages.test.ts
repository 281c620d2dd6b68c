import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
});
afterAll(() => world.close());

const user = (sourcedId: string, fields: object = { userName: sourcedId }) => ({
  verb: 'replace',
  entity: 'user',
  sourcedId,
  fields,
});
const post = (messages: unknown, headers?: Record<string, string>) =>
  north.sis.post('/sis/v1/messages', messages, headers);
const statuses = (body: Body) => body.outcomes.map(({ status }) => status);

describe('a message of many commands', () => {
  it('answers one outcome a command, in order, whatever the order of arrival', async () => {
    const { body, status } = await post({
      messages: [
        {
          verb: 'replace',
          entity: 'enrollment',
          sourcedId: 'E1',
          fields: { userSourcedId: 'P1', orgUnit: 'O1', roles: [{ role: 'Learner' }] },
        },
        user('P1'),
        { verb: 'replace', entity: 'org_unit', kind: 'offering', sourcedId: 'O1', fields: { name: 'One' } },
        { verb: 'replace', entity: 'org_unit', sourcedId: 'D1', fields: { type: 'DEPARTMENT', name: 'History' } },
        { verb: 'replace', entity: 'org_unit', sourcedId: 'T1', fields: { type: 'CourseTemplate', name: 'One' } },
      ],
    });
    expect(status).toBe(200);
    expect(body.outcomes.map(({ kind, sourcedId }) => `${kind} ${sourcedId}`)).toEqual([
      'membership E1',
      'person P1',
      'offering O1',
      'group D1',
      'template T1',
    ]);
    expect(statuses(body)).toEqual(['created', 'created', 'created', 'created', 'created']);
    expect((await north.admin.get('/api/v1/enrollments?sourcedId=E1')).body.items).toHaveLength(1);
  });

  it('goes on past a command that is malformed', async () => {
    const { body } = await post([
      user('P2'),
      { verb: 'replace', entity: 'person', sourcedId: 'P3', fields: {} },
      user('P4', { userName: 4 }),
      'what?',
      user('P5'),
      { verb: 'delete', entity: 'org_unit', sourcedId: 'D1' },
      { verb: 'replace', entity: 'user', fields: {} },
    ]);
    expect(statuses(body)).toEqual(['created', 'rejected', 'rejected', 'rejected', 'created', 'rejected', 'rejected']);
    expect(body.outcomes.map(({ problems }) => problems.map(({ code, at }) => `${code} ${at}`)[0])).toEqual([
      undefined,
      'invalid_data /1/entity',
      'invalid_data /2/fields/userName',
      'invalid_data /3',
      undefined,
      'incomplete_data /5/kind',
      'incomplete_data /6/sourcedId',
    ]);
    expect(body.outcomes[1]).toMatchObject({ entity: null, sourcedId: 'P3', verb: 'replace' });
    expect(body.outcomes[3]).toMatchObject({ entity: null, sourcedId: null, verb: null });
  });

  it('of which nothing can be read answers every command', async () => {
    const { status, body } = await post([{}, { verb: 'replace' }]);
    expect(status).toBe(200);
    expect(statuses(body)).toEqual(['rejected', 'rejected']);
    const stored = await north.admin.get(`/api/v1/messages/${body.messageId}`);
    expect(stored.body.result).toMatch(/refused|failure/);
  });

  it('keeps the order of one key, and may read back', async () => {
    const { body } = await post([
      user('P6'),
      { verb: 'update', entity: 'user', sourcedId: 'P6', fields: { givenName: 'Six' } },
      { verb: 'read', entity: 'user', sourcedId: 'P6' },
      { verb: 'delete', entity: 'user', sourcedId: 'P6' },
      { verb: 'read', entity: 'user', sourcedId: 'P6' },
    ]);
    expect(statuses(body)).toEqual(['created', 'updated', 'read', 'deleted', 'rejected']);
    expect(body.outcomes[2]?.fields).toEqual({ userName: 'P6', givenName: 'Six' });
  });

  it('rejects an update of what is unknown, and takes it after its replace', async () => {
    const update = { verb: 'update', entity: 'user', sourcedId: 'P9', fields: { givenName: 'Nine' } };
    const { body } = await post([update, user('P9'), update]);
    expect(statuses(body)).toEqual(['rejected', 'created', 'updated']);
    expect(body.outcomes[0]?.problems).toMatchObject([{ code: 'unknown_object', at: '/0' }]);
  });

  it.each([
    ['none', [], 422, 'incomplete_data'],
    ['too many', Array.from({ length: 1001 }, () => ({})), 413, 'payload_too_large'],
    ['an object without them', { commands: [] }, 422, 'invalid_data'],
    ['a text', '"x"', 422, 'invalid_data'],
  ])('with %s is refused', async (_, body, status, code) => {
    expect(await post(body)).toMatchObject({ status, body: { code } });
  });

  it('takes a thousand', async () => {
    const { body } = await post(Array.from({ length: 1000 }, (_, index) => user(`K${index}`)));
    expect(new Set(statuses(body))).toEqual(new Set(['created']));
  });

  it('is applied once under an Idempotency-Key, malformed commands included', async () => {
    const messages = [user('P7'), { verb: 'replace' }, user('P8')];
    const first = await post(messages, { 'idempotency-key': 'batch' });
    const again = await post(messages, { 'idempotency-key': 'batch' });
    expect(again.body).toEqual(first.body);
    expect(statuses(again.body)).toEqual(['created', 'rejected', 'created']);
  });
});

describe('an enrollment without an id of its own', () => {
  const enroll = (fields: object, verb = 'replace') => ({ verb, entity: 'enrollment', fields });
  const pair = { userSourcedId: 'P1', orgUnit: { kind: 'offering', sourcedId: 'O9' } };

  it('is known by its user and org unit', async () => {
    await post([{ verb: 'replace', entity: 'org_unit', kind: 'offering', sourcedId: 'O9', fields: { name: 'Nine' } }]);
    const first = await post([enroll({ ...pair, roles: [{ role: 'Learner' }] })]);
    expect(first.body.outcomes[0]).toMatchObject({ status: 'created', sourcedId: 'synthetic:P1/offering/O9' });
    const second = await post([enroll({ ...pair, roles: [{ role: 'Instructor' }] })]);
    expect(second.body.outcomes[0]?.status).toBe('updated');
    const { items } = (await north.admin.get('/api/v1/enrollments?userSourcedId=P1&orgUnitSourcedId=O9')).body;
    expect(items).toMatchObject([{ role: 'teacher' }]);
  });

  it('is deleted with all others of its pair', async () => {
    await north.sis.put('/sis/v1/enrollments/E9', { ...pair, roles: [{ role: 'Learner' }] });
    const deleted = await post([enroll(pair, 'delete')]);
    expect(deleted.body.outcomes[0]).toMatchObject({ verb: 'delete', status: 'deleted' });
    expect((await north.admin.get('/api/v1/enrollments?userSourcedId=P1&orgUnitSourcedId=O9')).body.items).toEqual([]);
    expect((await north.sis.get('/sis/v1/enrollments/E9')).status).toBe(404);
    expect((await post([enroll(pair, 'delete')])).body.outcomes).toMatchObject([
      { status: 'unchanged', problems: [{ code: 'unknown_object' }] },
    ]);
  });

  it('needs both', async () => {
    const { body } = await post([
      enroll({ userSourcedId: 'P1' }, 'delete'),
      enroll({ roles: [{ role: 'Learner' }] }, 'update'),
    ]);
    expect(body.outcomes.map((one) => one.problems[0]!.code)).toEqual(['incomplete_data', 'incomplete_data']);
  });
});
