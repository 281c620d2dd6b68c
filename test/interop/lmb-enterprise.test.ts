import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Api, createApi } from '../../src/cli/demo/api.ts';
import type { LmsEnrollmentView, LmsOrgUnitView, LmsUserView } from '../../src/domain/administration/index.ts';
import { type GatewayProcess, root, startGateway, withVar } from '../e2e/gateway-process.ts';

/** Messages as Luminis Message Broker sends them for Banner. They are not ours to publish: they are used where they are found. */
const folder = resolve(root, process.env.PASSERELLE_INTEROP ?? '../shared/interop', 'lmb-enterprise');
const token = 'token-of-the-interop-test';
const account = { user: 'lmb', password: 'secret-of-lmb' };

const person = '1000001';
const section = '10001.201740';
const term = '201740';
const crossList = 'XLSAA201740';

/** Files in the order of a term, and in others; the drop comes last, as each key keeps its own order. */
const natural = ['term', 'course', 'section', 'person', 'person_member', 'member_student', 'member_group'];
const orders = [
  ['member_group', 'member_student', 'person_member', 'person', 'section', 'course', 'term'],
  ['person_member', 'member_group', 'term', 'section', 'member_student', 'course', 'person'],
];
/** Unknown elements under `enterprise`, and without any root. */
const withoutRecords = ['multi_good_form', 'multi_poor_form'];

interface Outcome {
  status: string;
  problems: { code: string }[];
}

class Lmb {
  readonly api: Api;
  readonly #url: string;

  constructor(url: string) {
    this.api = createApi(url, token);
    this.#url = url;
  }

  async post(name: string, query = '?reply=json'): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${account.user}:${account.password}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'text/xml' };
    return fetch(`${this.#url}/enterprise${query}`, { method: 'POST', headers, body: read(name) });
  }

  async outcomes(name: string): Promise<string[]> {
    const response = await this.post(name);
    expect(response.status).toBe(200);
    const { outcomes } = (await response.json()) as { outcomes: Outcome[] };
    return outcomes.map(({ status, problems }) => [status, ...problems.map(({ code }) => code)].join(' '));
  }

  users(): Promise<LmsUserView[]> {
    return this.api.all('users', { sourceSystem: 'banner', sourcedId: person });
  }

  /** The one LMS org unit that this id of this kind is linked to. */
  async unit(kind: string, sourcedId: string): Promise<LmsOrgUnitView> {
    const found = await this.api.all<LmsOrgUnitView>('org-units', { sourcedId, kind, state: 'all' });
    const [unit, ...more] = found;
    if (unit === undefined || more.length > 0) throw new Error(`${found.length} org units are ${kind} ${sourcedId}`);
    return unit;
  }

  /** `course_section instructor`, of what is not ended. */
  async enrollments(): Promise<string[]> {
    const found = await this.api.all<LmsEnrollmentView>('enrollments', { userSourcedId: person });
    return found.map(({ orgUnit, role }) => `${orgUnit.type} ${orgUnit.code} ${role ?? ''}`).sort();
  }
}

const there = existsSync(folder);
if (!there) process.stdout.write(`note: ${folder} is not there; the messages of Luminis are not sent\n`);
const withMessages = there ? describe : describe.skip;

withMessages('the messages of Luminis Message Broker for Banner, over HTTP with Basic', () => {
  test('are all sent below', () => {
    const names = readdirSync(folder).map((file) => file.replace(/\.xml$/, ''));
    expect(names.sort()).toEqual([...natural, 'member_student_unenrol', ...withoutRecords].sort());
  });

  test('in their natural order: each is projected at once', () => withLmb(playNaturally), 120_000);

  test.each(orders)(
    'in the order %s, %s, %s, %s, %s, %s, %s: the LMS sees the same in the end',
    (...order) =>
      withLmb(async (lmb) => {
        for (const name of order) expect((await lmb.outcomes(name)).join()).not.toMatch(/rejected|failed/);
        await expectCourses(lmb);
        await expectPerson(lmb);
        await expectCrossList(lmb);
        await expectDrop(lmb);
      }),
    120_000,
  );

  test(
    'that hold no record are 400, as an empty one, and nothing comes of them',
    () =>
      withLmb(async (lmb) => {
        for (const name of withoutRecords) {
          const response = await lmb.post(name, '?reply=empty');
          expect(response.status).toBe(400);
          expect(await response.json()).toMatchObject({ code: 'invalid_request' });
        }
        expect(await lmb.users()).toEqual([]);
      }),
    120_000,
  );
});

async function playNaturally(lmb: Lmb): Promise<void> {
  expect(await lmb.outcomes('term')).toEqual(['created']);
  expect(await lmb.outcomes('course')).toEqual(['created']);
  expect(await lmb.outcomes('section')).toEqual(['created']);
  await expectCourses(lmb);
  expect((await lmb.unit('section', section)).parents.map(named)).toEqual([`course_offering ${section}`]);

  expect(await lmb.outcomes('person')).toEqual(['created']);
  await expectPerson(lmb);
  expect(await lmb.outcomes('person_member')).toEqual(['created']);
  expect(await lmb.enrollments()).toEqual([
    `course_offering ${section} instructor`,
    `course_section ${section} instructor`,
  ]);
  // The same person in the same section: what was said last holds.
  expect(await lmb.outcomes('member_student')).toEqual(['updated']);
  expect(await lmb.enrollments()).toEqual([`course_offering ${section} learner`, `course_section ${section} learner`]);

  expect(await lmb.outcomes('member_group')).toEqual(['waiting waiting_for_section']);
  await expectCrossList(lmb);
  await expectDrop(lmb);
  expect(await (await lmb.post('person', '?reply=empty')).text()).toBe('');
}

async function expectCourses(lmb: Lmb): Promise<void> {
  const semester = await lmb.unit('group', term);
  expect(semester).toMatchObject({ type: 'semester', code: term, state: 'active' });
  expect(semester.fields).toMatchObject({
    name: 'Fall Semester 2017',
    shortName: '201740',
    startsAt: '2017-08-30T00:00:00.000Z',
    endsAt: '2017-12-17T00:00:00.000Z',
  });
  const course = await lmb.unit('template', 'CRSENG-101');
  expect(course).toMatchObject({ type: 'course_template', state: 'active', fields: { name: 'Course Title' } });
  const taught = await lmb.unit('section', section);
  expect(taught).toMatchObject({ type: 'course_section', code: section, state: 'active' });
  expect(taught.fields).toMatchObject({
    name: 'Course Title',
    shortName: 'ENG-101-001',
    startsAt: '2017-08-30T00:00:00.000Z',
    endsAt: '2017-12-17T00:00:00.000Z',
  });
  const offering = await lmb.unit('offering', section);
  expect(offering).toMatchObject({ type: 'course_offering', fields: { name: 'Course Title' } });
  expect(offering.parents.map(named)).toEqual(['course_template ENG-101', `semester ${term}`]);
}

async function expectPerson(lmb: Lmb): Promise<void> {
  const users = await lmb.users();
  expect(users).toHaveLength(1);
  expect(users[0]).toMatchObject({
    state: 'active',
    role: 'instructor',
    fields: {
      orgDefinedId: person,
      userName: 'LogonIDUserID',
      givenName: 'Test',
      middleName: 'A',
      familyName: 'User',
      nickname: 'Nick User',
      email: 'testUser@eXample.com',
    },
  });
  expect(JSON.stringify(users)).not.toMatch(/012345|234567|456789|678901|890123/);
}

/** It takes the known section under it; the other waits without holding anything up. */
async function expectCrossList(lmb: Lmb): Promise<void> {
  const merged = await lmb.unit('association', crossList);
  expect(merged).toMatchObject({ type: 'course_offering', code: crossList, state: 'active' });
  expect(merged.parents.map(named)).toEqual(['course_template ENG-101', `semester ${term}`]);
  const { parents } = await lmb.unit('section', section);
  expect(parents.map(({ lmsId }) => lmsId)).toEqual([merged.lmsId]);
  expect((await lmb.unit('offering', section)).state).toBe('inactive');
  expect(await lmb.api.all('waiting')).toMatchObject([{ sourcedId: crossList, code: 'waiting_for_section' }]);
}

async function expectDrop(lmb: Lmb): Promise<void> {
  expect(await lmb.enrollments()).not.toEqual([]);
  expect(await lmb.outcomes('member_student_unenrol')).toEqual(['deleted']);
  expect((await lmb.enrollments()).filter((each) => each.startsWith('course_section'))).toEqual([]);
  expect(await lmb.outcomes('member_student_unenrol')).toEqual(['unchanged unknown_object']);
}

function read(name: string): string {
  return readFileSync(join(folder, `${name}.xml`), 'utf8');
}

async function withLmb(work: (lmb: Lmb) => Promise<void>): Promise<void> {
  await withVar(async (varFolder) => {
    let gateway: GatewayProcess | undefined;
    try {
      gateway = await startGateway({
        PASSERELLE_VAR: varFolder,
        PASSERELLE_DEMO_USER: account.user,
        PASSERELLE_DEMO_PASSWORD: account.password,
        PASSERELLE_DEMO_TOKEN: token,
      });
      await work(new Lmb(gateway.url));
    } finally {
      await gateway?.stop();
    }
  });
}

function named({ type, code }: { type: string; code: string }): string {
  return `${type} ${code}`;
}
