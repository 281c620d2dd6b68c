import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sealingKey } from './access-set-up.ts';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from './api-set-up.ts';
import { isEnded, numbered, runParts, workUntil } from './runs/set-up.ts';
import { statusOf, type Visitor, visitorOf } from './soap-visitor.ts';

let world: ApiWorld;
let uni: Tenant;
let sis: Visitor;

beforeAll(async () => {
  world = await createApiWorld();
  uni = await world.tenant('uni');
  sis = await visitorOf(world, uni);
});
afterAll(() => world.close());

const namespace = 'http://www.imsglobal.org/services/lis/pms2p0/wsdl11/sync/imspms_v2p0';
const deletePerson = (id: string): Promise<string> =>
  sis.send('/lis/pms', `<deletePersonRequest xmlns="${namespace}"><sourcedId>${id}</sourcedId></deletePersonRequest>`);
const readPerson = (id: string): Promise<string> =>
  sis.send('/lis/pms', `<readPersonRequest xmlns="${namespace}"><sourcedId>${id}</sourcedId></readPersonRequest>`);
const active = async (): Promise<number> =>
  (await uni.admin.get('/api/v1/users?state=active&limit=100')).body.items.length;
const setGuards = (guards: unknown) => uni.admin.patch('/api/v1/source-systems/sis', { options: { guards } });

let held: string;

describe('guards of messages', () => {
  it('are settings that are checked', async () => {
    for (const wrong of [
      { messages: { removal: { count: 1 } } },
      { messages: { removals: { count: -1 } } },
      { messages: { removals: { percent: 101 } } },
      { messages: { removals: { count: 1 }, windowMinutes: 0 } },
      { messages: { windowMinutes: 100_000 } },
      { messages: { kinds: { persons: { removals: { count: 1 } } } } },
      { messages: { removalsInScope: { count: 1 } } },
    ])
      expect(await setGuards(wrong)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    const messages = { removals: { count: 3 }, windowMinutes: 60, kinds: { membership: { removals: {} } } };
    const { status, body } = await setGuards({ messages });
    expect([status, body.effectiveOptions.guards]).toEqual([200, { messages }]);
  });

  it('stop a SIS that deletes everybody one by one by SOAP: success / warning, and the rest waits', async () => {
    const ids = numbered('P', 12);
    for (const id of ids) {
      const { status } = await uni.sis.put(`/sis/v1/users/${id}`, { userName: id, familyName: id });
      expect(status).toBe(201);
    }
    const answers: string[] = [];
    for (const id of ids.slice(0, 10)) answers.push(await deletePerson(id));
    expect(answers.map(statusOf)).toEqual([
      ...Array<string>(3).fill('success / status / fullsuccess'),
      ...Array<string>(7).fill('success / warning / partialdatastorage'),
    ]);
    expect(answers[3]).toContain(
      'Held, not applied: with it there would be 4 removals of the kind person within 60 minutes',
    );
    expect(answers[3]).toContain('[held_for_approval]');
    expect(await active()).toBe(9);
  });

  it('answer a SIS by REST with the outcome, of one command and of many', async () => {
    const { status, body } = await uni.sis.delete('/sis/v1/users/P11');
    expect([status, body]).toMatchObject([200, { status: 'held', problems: [{ code: 'held_for_approval' }] }]);
    held = /\(run (?<run>[-\da-f]+), hold 1\)/u.exec(body.problems[0]!.message)!.groups!.run!;
    const commands = [
      { entity: 'user', verb: 'delete', sourcedId: 'P12' },
      { entity: 'user', verb: 'replace', sourcedId: 'P13', fields: { userName: 'P13', familyName: 'P13' } },
    ];
    const many = await uni.sis.post('/sis/v1/messages', commands);
    expect(many.body.outcomes.map((outcome) => outcome.status)).toEqual(['held', 'created']);
  });

  it('are no lie to who reads: the record is told as it is, with a warning', async () => {
    const read = await readPerson('P5');
    expect(statusOf(read)).toBe('success / warning / partialdatastorage');
    expect(read).toContain('A delete of the person "P5" is held');
    expect(statusOf(await readPerson('P13'))).toBe('success / status / fullsuccess');
    const list = await uni.sis.get('/sis/v1/users');
    expect(list.body.problems).toMatchObject([{ code: 'held_for_approval' }]);
    expect((await uni.sis.get('/sis/v1/users/P4')).body).toMatchObject({
      status: 'read',
      problems: [{ code: 'held_for_approval' }],
    });
  });

  it('hold in a run like any other: it is found, looked at, and approved in part', async () => {
    const { items } = (await uni.admin.get('/api/v1/runs?sourceSystem=sis')).body;
    expect(items).toMatchObject([{ id: held, dialect: 'messages', state: 'finished', held: 9, upload: null }]);
    const holds = (await uni.admin.get(`/api/v1/runs/${held}/holds`)).body.items;
    expect(holds).toMatchObject([
      {
        number: 1,
        guard: 'removals',
        kind: 'person',
        state: 'held',
        finding: { limit: { count: 3 }, windowMinutes: 60 },
      },
    ]);
    const [item] = (await uni.admin.get(`/api/v1/runs/${held}/items?sourcedId=P4`)).body.items as [Body];
    expect(item).toMatchObject({ operation: 'remove', applied: false, hold: 1 });
    const message = await uni.admin.get(`/api/v1/messages/${item.message}`);
    expect(message.body).toMatchObject({ result: 'warning', outcomes: [{ status: 'held', sourcedId: 'P4' }] });
    const decided = await uni.admin.post(`/api/v1/runs/${held}/holds/1/approve`, { sourcedIds: ['P4', 'P5'] });
    expect(decided.body.items).toMatchObject([
      { number: 1, items: 7, state: 'held' },
      { number: 2, items: 2, state: 'approved' },
    ]);
    const { pool } = world.database;
    await workUntil(runParts(pool, { key: sealingKey }), async () =>
      isEnded(await world.administration.runs.get(uni.id, held)),
    );
    expect(await active()).toBe(8);
    const changes = (await uni.admin.get('/api/v1/changes?limit=100')).body.items;
    expect(changes.filter(({ cause }) => (cause as { messageId?: string }).messageId === held)).toHaveLength(2);
    expect((await uni.admin.post(`/api/v1/runs/${held}/holds/1/discard`, {})).status).toBe(200);
    expect(statusOf(await readPerson('P6'))).toBe('success / status / fullsuccess');
  });

  it('are off where nobody asked for them', async () => {
    const other = await world.tenant('other');
    for (const id of numbered('Q', 5)) await other.sis.put(`/sis/v1/users/${id}`, { userName: id, familyName: id });
    for (const id of numbered('Q', 5))
      expect((await other.sis.delete(`/sis/v1/users/${id}`)).body).toMatchObject({ status: 'deleted', problems: [] });
  });
});
