import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Body } from '../integration/api-set-up.ts';
import { createLisWorld, done, type LisWorld } from './lis-world.ts';

/** Auditors, parents and guardians as the agents of a person, sent by a client made of our WSDLs. */
let world: LisWorld;

beforeAll(async () => {
  world = await createLisWorld();
}, 60_000);
afterAll(() => world.close());

const text = (textString: string) => ({ language: 'en', textString });
const word = (value: string) => ({
  instanceIdentifier: text(value),
  instanceVocabulary: 'urn:words',
  instanceValue: text(value),
});
const part = (name: string, value: string) => ({ ...word(name), instanceName: text(name), instanceValue: text(value) });
const agent = (type: string, id: string) => ({ agentType: word(type), agentId: text(id), agentDomain: text('sis') });

const person = (given: string, ...agents: object[]) => ({
  name: [{ nameType: word('Full'), partName: [part('First', given), part('Last', 'Vernet')] }],
  ...(agents.length === 0 ? {} : { agent: agents }),
});

const replace = (sourcedId: string, given: string, ...agents: object[]) =>
  world.write('replace', 'Person', sourcedId, person(given, ...agents));

async function relationsOf(sourcedId: string): Promise<string[]> {
  const { body } = await world.admin.get(`/api/v1/relations?userSourcedId=${sourcedId}`);
  const agentOf = (item: Body): string => (item.agent as Body).links[0]?.sourcedId ?? 'nobody';
  return body.items.map((item) => `${item.kind} ${agentOf(item)}`).sort();
}

interface Entry {
  readonly plugin: string;
  readonly sortOrder: number;
  readonly options?: object;
}

/** The list in force with other entries beside, or in the place of, those that it has. */
async function chooseList(point: string, entry: Entry): Promise<void> {
  const path = `/api/v1/extension-points/${point}`;
  const { entries } = (await world.admin.get(path)).body.list as { entries: Entry[] };
  const others = entries.filter(({ plugin }) => plugin !== entry.plugin);
  const plain = [...others, entry].map(({ plugin, sortOrder, options }) => ({ plugin, sortOrder, options }));
  expect(await world.admin.put(path, { entries: plain })).toMatchObject({ status: 200 });
}

describe('to a foreign client, the agents of a person', () => {
  it('are not read by the shipped list of steps, as in IPSIS', async () => {
    expect((await replace('V-1', 'Odile', agent('Auditor', 'V-9'))).status).toBe(done);
    expect(await world.admin.get('/api/v1/waiting?entity=relation')).toMatchObject({ body: { items: [] } });
  });

  it('are read by the step for agents; auditors are passed over as long as no plug-in takes them', async () => {
    await chooseList('translate.lis2.person', { plugin: 'lis2-person-agents', sortOrder: 60 });
    const answer = await replace('V-1', 'Odile', agent('Auditor', 'V-9'), agent('Guardian', 'V-2'));
    expect(answer.status).toMatch(/^success\/warning\//);
    expect(answer.description).toContain('update-auditors is not in the list');
    expect(answer.description).toContain('[waiting_for_agent]');
    await replace('V-2', 'Rose');
    expect(await relationsOf('V-1')).toEqual(['guardian V-2']);
  });

  it('are made relations when those who are named have come, whatever the order', async () => {
    await chooseList('handle.user.replace', { plugin: 'update-auditors', sortOrder: 120 });
    const answer = await replace('V-1', 'Odile', agent('Auditor', 'V-9'), agent('Mother', 'V-2'));
    expect(answer.status).toBe('success/warning/partialdatastorage');
    expect(await relationsOf('V-1')).toEqual(['parent V-2']);
    const { body } = await world.admin.get('/api/v1/waiting?entity=relation');
    expect(body.items).toMatchObject([
      { entity: 'relation', sourcedId: 'V-1', code: 'waiting_for_agent', on: 'person V-9 (auditor)' },
    ]);
    expect((await replace('V-9', 'Paul')).status).toBe(done);
    expect(await relationsOf('V-1')).toEqual(['auditor V-9', 'parent V-2']);
  });

  it('come back when the person is read, and an update adds to them', async () => {
    const update = await world.write('update', 'Person', 'V-1', { agent: [agent('Auditor', 'V-2')] });
    expect(update.status).toBe(done);
    const { content } = await world.read('Person', 'V-1');
    expect((content as { agent: object[] }).agent).toMatchObject([
      { agentType: { instanceValue: { textString: 'Auditor' } }, agentId: { textString: 'V-9' } },
      { agentType: { instanceValue: { textString: 'Parent' } }, agentId: { textString: 'V-2' } },
      { agentType: { instanceValue: { textString: 'Auditor' } }, agentId: { textString: 'V-2' } },
    ]);
    expect(await relationsOf('V-1')).toEqual(['auditor V-2', 'auditor V-9', 'parent V-2']);
  });

  it('are all that there are: who is left out is removed', async () => {
    expect((await replace('V-1', 'Odile', agent('Auditor', 'V-9'))).status).toBe(done);
    expect(await relationsOf('V-1')).toEqual(['auditor V-9']);
    await replace('V-1', 'Odile');
    expect(await relationsOf('V-1')).toEqual([]);
  });

  it('who are missing are left out with a warning, where the option says so', async () => {
    const options = { missing: 'drop' };
    await chooseList('handle.user.replace', { plugin: 'update-auditors', sortOrder: 120, options });
    const answer = await replace('V-1', 'Odile', agent('Auditor', 'V-10'), agent('Auditor', 'V-9'));
    expect(answer.status).toBe('success/warning/unknownobject');
    expect(answer.description).toContain('"V-10"');
    await replace('V-10', 'Jean');
    expect(await relationsOf('V-1')).toEqual(['auditor V-9']);
  });

  it('change with the identifier of whom they name, and end with them', async () => {
    await world.lis.call('changePersonIdentifier', { sourcedId: 'V-9', newSourcedId: 'V-99' });
    expect(await relationsOf('V-1')).toEqual(['auditor V-99']);
    await world.lis.call('deletePerson', { sourcedId: 'V-99' });
    expect(await relationsOf('V-1')).toEqual([]);
    const { body } = await world.admin.get('/api/v1/relations?userSourcedId=V-1&kind=auditor&state=ended');
    expect(body.items.length).toBeGreaterThan(0);
  });
});
