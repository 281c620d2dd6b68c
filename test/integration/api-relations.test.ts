import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from './api-set-up.ts';
import { visitorOf } from './soap-visitor.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  const person = (sourcedId: string, fields: object = {}) => ({
    verb: 'replace',
    entity: 'user',
    sourcedId,
    fields: { userName: sourcedId.toLowerCase(), ...fields },
  });
  const relations = [
    { kind: 'parent', sourcedId: 'MA' },
    { kind: 'guardian', sourcedId: 'GO' },
    { kind: 'relative', sourcedId: 'AU' },
  ];
  const people = [person('K1', { relations }), person('K2', { relations: relations.slice(0, 1) })];
  const { body } = await north.sis.post('/sis/v1/messages', [...people, person('MA'), person('GO')]);
  expect(body.outcomes.map(({ status, problems }) => [status, problems])).toEqual([
    ['created', [expect.objectContaining({ code: 'waiting_for_agent' })]],
    ['created', []],
    ['created', []],
    ['created', []],
  ]);
});
afterAll(() => world.close());

const get = async (path: string): Promise<Body> => (await north.admin.get(`/api/v1${path}`)).body;
const sourcedIdOf = (person: unknown): string => (person as Body).links[0]?.sourcedId ?? 'nobody';
const told = ({ items }: Body) =>
  items.map(({ user, kind, agent }) => `${sourcedIdOf(user)} ${kind} ${sourcedIdOf(agent)}`).sort();

describe('relations', () => {
  it('show both users, the kind and why they are there', async () => {
    const { items } = await get('/relations?userSourcedId=K2');
    expect(items).toMatchObject([
      {
        lmsId: expect.any(String),
        state: 'active',
        kind: 'parent',
        user: { userName: 'k2', links: [{ sourceSystem: 'sis', sourcedId: 'K2', kind: 'person' }] },
        agent: { userName: 'ma', links: [{ sourceSystem: 'sis', sourcedId: 'MA', kind: 'person' }] },
        supports: [{ sourceSystem: 'sis', sourcedId: 'K2', agentSourcedId: 'MA' }],
        links: [{ sourceSystem: 'sis', sourcedId: 'K2', kind: 'person' }],
      },
    ]);
    const one = await north.admin.get(`/api/v1/relations/${items[0]!.lmsId}`);
    expect(one.body).toEqual(items[0]);
    expect((await north.admin.get('/api/v1/relations/1')).status).toBe(404);
  });

  it('are found by either person, by kind and by source system, and come page by page', async () => {
    const all = ['K1 guardian GO', 'K1 parent MA', 'K2 parent MA'];
    expect(told(await get('/relations'))).toEqual(all);
    expect(told(await get('/relations?agentSourcedId=MA'))).toEqual(all.slice(1));
    expect(told(await get('/relations?sourcedId=GO&sourceSystem=sis'))).toEqual(all.slice(0, 1));
    expect(told(await get('/relations?kind=guardian'))).toEqual(all.slice(0, 1));
    expect(told(await get('/relations?sourceSystem=console'))).toEqual([]);
    const first = await get('/relations?limit=2');
    const second = await get(`/relations?limit=2&after=${first.next!}`);
    expect([...told(first), ...told(second), second.next].sort()).toEqual([...all, undefined]);
  });

  it('stand in the view of their user, as they were stated in what the source system reads', async () => {
    const { items } = await get('/users?sourcedId=K1');
    expect(items).toMatchObject([
      {
        relations: [
          { kind: 'guardian', agent: { userName: 'go' } },
          { kind: 'parent', agent: { userName: 'ma' } },
        ],
      },
    ]);
    expect(items[0]!.fields).not.toHaveProperty('relations');
    expect((await north.sis.get('/sis/v1/users/K2')).body.fields).toMatchObject({
      relations: [{ kind: 'parent', sourcedId: 'MA' }],
    });
  });

  it('that wait are told once a person and reason', async () => {
    expect((await get('/waiting?entity=relation')).items).toMatchObject([
      {
        entity: 'relation',
        kind: 'person',
        sourcedId: 'K1',
        lmsId: expect.any(String),
        code: 'waiting_for_agent',
        on: 'person AU (relative)',
        advice: expect.stringContaining('Send the auditor'),
      },
    ]);
  });

  it('are in the feed, by their own kind and by their people, until they end', async () => {
    await north.sis.delete('/sis/v1/users/GO');
    const feed = async (query: string) =>
      (await get(`/changes?entity=relation${query}`)).items.map(({ operation }) => operation);
    expect(await feed('')).toEqual(['created', 'created', 'created', 'deleted']);
    expect(await feed('&sourcedId=GO')).toEqual(['created', 'deleted']);
    expect(await feed('&sourceSystem=sis')).toHaveLength(4);
    expect(told(await get('/relations?state=ended'))).toEqual(['K1 guardian GO']);
    expect((await get('/waiting?code=detached')).items).toMatchObject([
      { entity: 'relation', on: 'person GO (guardian)' },
    ]);
    expect((await get('/snapshot')).collections).toContain('/api/v1/relations');
  });

  it('of a kind that no plug-in takes are passed over with a warning', async () => {
    const fields = { userName: 'k3', relations: [{ kind: 'auditor', sourcedId: 'MA' }] };
    const { body } = await north.sis.put('/sis/v1/users/K3', fields);
    expect(body).toMatchObject({ status: 'created', problems: [{ code: 'relation_not_taken' }] });
    expect(told(await get('/relations?userSourcedId=K3'))).toEqual([]);
  });

  it.each([
    [{ relations: [{ kind: 'landlord', sourcedId: 'MA' }] }, /relations/],
    [{ relations: [{ kind: 'parent' }] }, /relations/],
    [{ relations: Array.from({ length: 501 }, (_, index) => ({ kind: 'parent', sourcedId: `X${index}` })) }, /500/],
  ])('are refused where they are malformed or too many', async (fields, said) => {
    const { status, body } = await north.sis.put('/sis/v1/users/K4', { userName: 'k4', ...fields });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(body)).toMatch(said);
  });
});

describe('relations of persons who come in a dialect that has no agents', () => {
  const fixture = (name: string): string =>
    readFileSync(join(import.meta.dirname, '../fixtures', name, 'request.xml'), 'utf8');

  it.each([
    ['saip', '/saip/pms', 'N4001'],
    ['ims-es1', '/es1/pms', 'p-31'],
  ])(
    '%s: stay when a part of the person is updated, and end when the person is replaced',
    async (dialect, path, id) => {
      const lake = await world.tenant(`lake-${dialect}`);
      const sis = await visitorOf(world, lake);
      const post = async (name: string): Promise<string> =>
        sis.post(path, fixture(`${dialect}/${name}`).replace(/<wsse:Security[\s\S]*<\/wsse:Security>/, ''));
      const relations = async () => (await lake.admin.get('/api/v1/relations')).body.items.length;
      await post('create-person');
      await lake.sis.put('/sis/v1/users/MA', { userName: 'ma' });
      await lake.sis.patch(`/sis/v1/users/${id}`, { relations: [{ kind: 'parent', sourcedId: 'MA' }] });
      expect(await relations()).toBe(1);
      expect(await post('update-person-in-part')).toContain('fullsuccess');
      expect(await relations()).toBe(1);
      expect(await post('replace-person')).toContain('fullsuccess');
      expect(await relations()).toBe(0);
    },
  );
});
