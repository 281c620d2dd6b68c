import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { es1Descriptions } from '../../src/dialects/ims-es1/index.ts';
import { saipServices } from '../../src/dialects/saip/index.ts';
import { type ApiWorld, createApiWorld } from '../integration/api-set-up.ts';
import { hasZeep, runZeep } from './run-zeep.ts';
import { elementOf } from './saip-world.ts';
import { saipStories } from './saip-stories.ts';

interface Step {
  readonly wsdl: string;
  readonly port: string;
  readonly header: { readonly element: string; readonly content: object };
  readonly operation: string;
  readonly parameters: object;
}

let world: ApiWorld;
let login: { user: string; secret: string };

beforeAll(async () => {
  world = await createApiWorld();
  const north = await world.tenant('north');
  const { body } = await north.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'zeep' });
  login = { user: 'zeep', secret: body.secret };
}, 60_000);
afterAll(() => world.close());

/** What was answered to each step: the status words, and the whole answer. */
async function called(steps: readonly Step[]): Promise<{ status: string; text: string }[]> {
  const answers = await runZeep<unknown[]>('zeep_steps.py', { ...login, steps });
  return answers.map((answer) => {
    const text = JSON.stringify(answer);
    const word = (name: string): string => new RegExp(`"(?:imsx_)?${name}": ?"([^"]*)"`).exec(text)?.[1] ?? '';
    const minor = word('codeMinorFieldValue') || word('codeMinorValue');
    return { status: `${word('codeMajor')}/${word('severity')}/${minor}`, text };
  });
}

(hasZeep ? describe : describe.skip)('zeep, a SOAP client that we did not write', () => {
  it.each(saipStories.map((story) => [story.object, story] as const))(
    'creates, reads, finds and deletes a %s of PeopleSoft',
    async (object, { content }) => {
      const step = saipStep(object);
      const sourcedId = `zeep-${object}`;
      const record = {
        [elementOf(object)]: { sourcedId: object === 'Person' ? [sourcedId] : sourcedId, ...content('zeep') },
      };
      const answers = await called([
        step(`replace${object}`, { sourcedId, ...record }),
        step(`read${object}`, { sourcedId }),
        step(`readAll${object}Ids`, {}),
        step(`read${object}s`, { sourcedIdSet: { sourcedId: [sourcedId] } }),
        step(`read${object}sFromSavePoint`, { fromSavePoint: '2026-01-01T00:00:00' }),
        step(`delete${object}`, { sourcedId }),
        step(`read${object}`, { sourcedId }),
      ]);
      const done = 'success/status/fullsuccess';
      expect(answers.slice(1).map(({ status }) => status)).toEqual([
        done,
        done,
        done,
        done,
        done,
        'failure/error/unknownobject',
      ]);
      expect(answers[0]?.status).toMatch(/^success/);
      for (const index of [1, 2]) expect(answers[index]?.text).toContain(sourcedId);
      for (const index of [3, 4]) expect(answers[index]?.text).toContain('data:application/xml;base64,');
    },
  );

  it('creates, reads and deletes as with Enterprise Services 1.0, and takes the timestamp of the answers', async () => {
    const person = { formatName: 'Zeno Zeep', name: { partName: [{ namePartType: 'Last', namePartValue: 'Zeep' }] } };
    const sourcedId = { identifier: 'zeep-1' };
    const personIdPair = [
      { sourcedId, person },
      { sourcedId: { identifier: 'zeep-2' }, person },
    ];
    const answers = await called([
      es1Step('createPerson', { sourcedId, person }),
      es1Step('createPersons', { personIdPairSet: { personIdPair } }),
      es1Step('readPerson', { sourcedId }),
      es1Step('readAllPersons', { PageIndex: 1, PageSize: 1 }),
      es1Step('deletePersons', { sourcedIdSet: { identifier: ['zeep-1', 'zeep-2'] } }),
      es1Step('readPerson', { sourcedId }),
    ]);
    const done = 'success/status/fullsuccess';
    expect(answers.map(({ status }) => status)).toEqual([done, done, done, done, done, 'failure/error/unknownobject']);
    expect(answers[1]?.text.match(/fullsuccess/g)).toHaveLength(2);
    expect(answers[2]?.text).toContain('Zeno Zeep');
    expect(answers[3]?.text).toMatch(/"virtualCount": ?\d/);
  });
});

function saipStep(object: string): (operation: string, parameters: object) => Step {
  const service = Object.values(saipServices).find(({ managers }) =>
    managers.some(({ name }) => name === `${object}Manager`),
  );
  if (service === undefined) throw new Error(`no service has a ${object}Manager`);
  return (operation, parameters) => ({
    wsdl: `${world.url}/saip/${service.code}?wsdl`,
    port: `${object}ManagerSyncSoapPort`,
    header: {
      element: `{${service.namespace}}imsx_syncRequestHeaderInfo`,
      content: { imsx_version: 'V1.0', imsx_messageIdentifier: 'zeep-1' },
    },
    operation,
    parameters,
  });
}

function es1Step(operation: string, parameters: object): Step {
  const [manager] = es1Descriptions.pms.managers;
  return {
    wsdl: `${world.url}/es1/pms?wsdl`,
    port: `${manager?.name ?? ''}SyncSoapPort`,
    header: {
      element: '{http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0}syncRequestHeaderInfo',
      content: { messageIdentifier: 'zeep-1' },
    },
    operation,
    parameters,
  };
}
