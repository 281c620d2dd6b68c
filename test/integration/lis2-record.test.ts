import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from './api-set-up.ts';

const root = join(import.meta.dirname, '../fixtures/lis2-record');
const record = (name: string): string => readFileSync(join(root, name, 'request.xml'), 'utf8');
const json = { 'content-type': 'application/xml', accept: 'application/json' };
const person = 'b5c1d7a0-4e31-11ef-9d1c-0242ac120002';
const offering = 'c8e2f9b4-4e31-11ef-9d1c-0242ac120002';

let world: ApiWorld;
let uni: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  uni = await world.tenant('uni');
  const { items } = await world.administration.orgUnitTypeMaps.get(uni.id, 'sis');
  const programme = { sisType: 'ProgrammeInstance', type: 'group' };
  await world.administration.orgUnitTypeMaps.replace(uni.editor, 'sis', [...items, programme], {});
});
afterAll(() => world.close());

const send = (name: string, query = '', headers: Record<string, string> = json) =>
  uni.sis.post(`/lis/record${query}`, record(name), headers);
const outcomeOf = ({ outcomes }: Body): Body => outcomes[0]!;
const enrollments = async (): Promise<Body[]> =>
  (await uni.admin.get(`/api/v1/enrollments?userSourcedId=${person}`)).body.items;

describe('a bare record of LIS 2.0, posted to /lis/record', () => {
  it('brings a person, a course and an enrollment, in whatever order they come', async () => {
    const waits = await send('membership');
    expect(waits.status).toBe(200);
    expect(outcomeOf(waits.body)).toMatchObject({ status: 'waiting', at: '/membershipRecord/membership' });
    expect((await send('person')).status).toBe(201);
    expect((await send('offering')).status).toBe(201);
    expect((await send('group')).status).toBe(201);
    expect(await enrollments()).toMatchObject([{ role: 'student', orgUnit: { code: offering } }]);
    const [user] = (await uni.admin.get(`/api/v1/users?sourcedId=${person}`)).body.items;
    expect(user?.fields).toMatchObject({ givenName: 'Ebba', familyName: 'Nordqvist', userName: 'ebno' });
    expect(outcomeOf((await send('person')).body).status).toBe('unchanged');
  });

  it('takes no extension field for an operation: a dropout is kept as an attribute, an inactive role ends the enrollment', async () => {
    expect(outcomeOf((await send('membership-dropout-is-not-a-delete')).body).status).toBe('updated');
    expect(await enrollments()).toHaveLength(1);
    const id = encodeURIComponent(person + offering);
    expect((await uni.sis.get(`/sis/v1/enrollments/${id}`)).body.fields).toMatchObject({
      attributes: { OriginEvent: 'LADOK.AddDropout' },
    });
    expect(outcomeOf((await send('membership-inactive')).body).status).toBe('updated');
    expect(await enrollments()).toEqual([]);
  });

  it('makes one enrollment of a membership without an id, however often it comes', async () => {
    expect(outcomeOf((await send('membership-without-id')).body)).toMatchObject({
      status: 'created',
      sourcedId: `synthetic:${person}/offering/${offering}`,
    });
    expect(outcomeOf((await send('membership-without-id')).body).status).toBe('unchanged');
    expect(await enrollments()).toHaveLength(1);
  });

  it('comes from a sender that can set nothing but an address, which then names the source system', async () => {
    const plain = { 'content-type': 'text/plain', accept: '*/*' };
    expect((await send('person', '', plain)).status).toBe(415);
    const named = await send('person', '?source=sis', plain);
    expect(named.status).toBe(200);
    expect(named.body.text).toMatch(/<report .*\n {2}<outcome status="unchanged" at="\/personRecord\/person"/);
    expect(await send('person', '?source=another', plain)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', field: 'source' },
    });
  });

  it('is journaled, and can be sent again', async () => {
    const { body } = await send('person');
    const stored = await uni.admin.get(`/api/v1/messages/${body.messageId}`);
    expect(stored.body).toMatchObject({ dialect: 'lis2-record', operation: 'personRecord' });
    const replayed = await uni.admin.post(`/api/v1/messages/${body.messageId}/replay`, {});
    expect(outcomeOf(replayed.body)).toMatchObject({ status: 'unchanged', sourcedId: person });
  });

  it.each([
    ['refused-person-without-id', '', 422, 'incomplete_data'],
    ['refused-membership-without-role-type', '', 422, 'incomplete_data'],
    ['refused-envelope', '', 400, 'invalid_request'],
    ['refused-two-records', '', 400, 'malformed_xml'],
    ['person', '?operation=delete', 400, 'invalid_request'],
  ])('%s%s is refused with %d', async (name, query, status, code) => {
    expect(await send(name, query)).toMatchObject({ status, body: { code } });
  });

  it('does not take the place of the SOAP services', async () => {
    const answer = await uni.sis.post('/lis/records', record('person'), { 'content-type': 'text/xml' });
    expect(answer.status).toBe(404);
    expect(answer.body.text).toMatch(/Fault/);
  });
});
