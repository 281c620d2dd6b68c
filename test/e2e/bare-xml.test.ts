import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Api, createApi } from '../../src/cli/demo/api.ts';
import type { LmsEnrollmentView, LmsOrgUnitView, LmsUserView } from '../../src/domain/administration/index.ts';
import { root, startGateway, withVar } from './gateway-process.ts';

const account = { user: 'bare', password: 'password-of-bare-xml' };
const token = 'token-of-bare-xml';

/** Posts the requests of fixtures, and reads what the LMS would see. */
class Sender {
  readonly api: Api;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    this.api = createApi(url, token);
  }

  async post(path: string, fixture: string): Promise<number> {
    const body = await readFile(join(root, 'test/fixtures', fixture, 'request.xml'));
    const authorization = `Basic ${Buffer.from(`${account.user}:${account.password}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'text/xml' };
    const response = await fetch(this.#url + path, { method: 'POST', headers, body });
    await response.text();
    return response.status;
  }

  async unit(kind: string, sourcedId: string): Promise<LmsOrgUnitView | undefined> {
    const found = await this.api.all<LmsOrgUnitView>('org-units', { kind, sourcedId, state: 'all' });
    return found[0];
  }

  async user(sourcedId: string): Promise<LmsUserView | undefined> {
    return (await this.api.all<LmsUserView>('users', { sourcedId }))[0];
  }

  async enrollments(userSourcedId: string): Promise<string[]> {
    const found = await this.api.all<LmsEnrollmentView>('enrollments', { userSourcedId });
    return found.map(({ orgUnit, role }) => `${orgUnit.type} ${orgUnit.code} ${role ?? ''}`).sort();
  }
}

describe('bare XML, sent to a gateway that runs', () => {
  it('is projected, whatever the order of its messages', async () => {
    await withVar(async (varFolder) => {
      const gateway = await startGateway({
        PASSERELLE_VAR: varFolder,
        PASSERELLE_DEMO_USER: account.user,
        PASSERELLE_DEMO_PASSWORD: account.password,
        PASSERELLE_DEMO_TOKEN: token,
      });
      try {
        const sender = new Sender(gateway.url);
        await expectEnterprise(sender);
        await expectRecords(sender);
      } finally {
        await gateway.stop();
      }
    });
  }, 120_000);
});

async function expectEnterprise(sender: Sender): Promise<void> {
  for (const name of ['members', 'cross-list', 'section', 'course', 'person', 'department-and-college', 'term'])
    expect(await sender.post('/enterprise', `ims-enterprise/luminis-${name}`)).toBe(200);

  expect(await sender.user('2000417')).toMatchObject({ state: 'active', fields: { userName: 'ines.okafor' } });
  const merged = await sender.unit('association', 'XLSLK202710');
  expect(merged).toMatchObject({ type: 'course_offering', code: 'XLSLK202710', state: 'active' });
  const section = await sender.unit('section', '30117.202710');
  expect(section?.fields).toMatchObject({ name: 'Freshwater Ecology, with field days' });
  expect(section?.parents.map(({ lmsId }) => lmsId)).toEqual([merged?.lmsId]);
  expect((await sender.unit('offering', '30117.202710'))?.state).toBe('inactive');
  const template = await sender.unit('template', 'CRSBIO-210');
  expect(template?.parents.map(({ code }) => code)).toEqual(['DEPBIO', 'COLSCI']);
  expect(await sender.enrollments('2000417')).toEqual([
    'course_offering XLSLK202710 instructor',
    'course_section 30117.202710 instructor',
  ]);
}

async function expectRecords(sender: Sender): Promise<void> {
  const person = 'b5c1d7a0-4e31-11ef-9d1c-0242ac120002';
  const offering = 'c8e2f9b4-4e31-11ef-9d1c-0242ac120002';
  expect(await sender.post('/lis/record', 'lis2-record/membership')).toBe(200);
  expect(await sender.post('/lis/record', 'lis2-record/offering')).toBe(201);
  expect(await sender.post('/lis/record', 'lis2-record/person')).toBe(201);
  expect(await sender.user(person)).toMatchObject({ fields: { givenName: 'Ebba', familyName: 'Nordqvist' } });
  expect(await sender.unit('offering', offering)).toMatchObject({ fields: { name: 'Limnologi' }, state: 'active' });
  expect(await sender.enrollments(person)).toEqual([`course_offering ${offering} learner`]);
  expect(await sender.post('/lis/record', 'lis2-record/refused-person-without-id')).toBe(422);
}
