import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Api, createApi } from '../../src/cli/demo/api.ts';
import { findMessages, type MessageFile } from '../../src/cli/send/find-messages.ts';
import { type Answer, readAnswer } from '../../src/cli/send/read-answer.ts';
import { createSender, type Sender } from '../../src/cli/send/sender.ts';
import type { LmsEnrollmentView, LmsOrgUnitView, LmsUserView } from '../../src/domain/administration/index.ts';
import { type GatewayProcess, root, startGateway, withVar } from '../e2e/gateway-process.ts';

/** Messages as Ellucian ILP sends them for Banner. They are not ours to publish: they are used where they are found. */
const folder = resolve(root, process.env.PASSERELLE_INTEROP ?? '../shared/interop', 'lis2-ilp');
const credentials = { scheme: 'digest', userName: 'ilp', password: 'secret-of-ilp' } as const;
const token = 'token-of-the-interop-test';

const person = '1000001';
const section = '10001.201740';
const term = '201740';
const association = 'AA201740';

/** The deletes come last, as each key keeps its own order. */
const shuffled = [
  ['member_replace_teacher', 'section_assoc_replace', 'term_replace', 'section_replace', 'person_replace'],
  ['section_assoc_replace', 'section_replace', 'member_replace_teacher', 'person_replace', 'term_replace'],
];

class Ilp {
  readonly api: Api;
  readonly #url: string;
  readonly #sender: Sender;
  readonly #files: readonly MessageFile[];

  constructor(url: string, sender: Sender, files: readonly MessageFile[]) {
    this.api = createApi(url, token);
    this.#url = url;
    this.#sender = sender;
    this.#files = files;
  }

  /** Every file of the folder is sent: a new one must get its assertions. */
  names(): string[] {
    return this.#files.map(({ name }) => basename(name, '.xml')).sort();
  }

  async send(name: string): Promise<Answer> {
    const file = this.#files.find((each) => basename(each.name, '.xml') === name);
    if (file === undefined) throw new Error(`${name}.xml is not in ${folder}`);
    const { body, contentType, soapAction } = file;
    const url = file.completeUrl(this.#url);
    const headers = soapAction === undefined ? {} : { soapAction };
    return readAnswer(await this.#sender.send({ url, body, contentType, credentials, ...headers }));
  }

  users(sourcedId: string): Promise<LmsUserView[]> {
    return this.api.all('users', { sourceSystem: 'banner', sourcedId });
  }

  /** The one LMS org unit that this id of this kind is linked to. */
  async unit(kind: string, sourcedId: string): Promise<LmsOrgUnitView> {
    const found = await this.api.all<LmsOrgUnitView>('org-units', { sourcedId, kind, state: 'all' });
    const [unit, ...more] = found;
    if (unit === undefined || more.length > 0) throw new Error(`${found.length} org units are ${kind} ${sourcedId}`);
    return unit;
  }

  /** `course_section 10001.201740 instructor`, of what is not ended. */
  async enrollments(): Promise<string[]> {
    const found = await this.api.all<LmsEnrollmentView>('enrollments', { userSourcedId: person });
    return found
      .map(({ orgUnit, role }) => `${orgUnit.type} ${orgUnit.links[0]?.sourcedId ?? ''} ${role ?? ''}`)
      .sort();
  }
}

async function withIlp(work: (ilp: Ilp) => Promise<void>): Promise<void> {
  const sender = createSender({ connections: 1 });
  const files = await findMessages([folder]);
  await withVar(async (varFolder) => {
    let gateway: GatewayProcess | undefined;
    try {
      gateway = await startGateway({
        PASSERELLE_VAR: varFolder,
        PASSERELLE_DEMO_USER: credentials.userName,
        PASSERELLE_DEMO_PASSWORD: credentials.password,
        PASSERELLE_DEMO_TOKEN: token,
      });
      await work(new Ilp(gateway.url, sender, files));
    } finally {
      await gateway?.stop();
      await sender.close();
    }
  });
}

const there = existsSync(folder);
if (!there) process.stdout.write(`note: ${folder} is not there; the messages of Ellucian ILP are not sent\n`);
const withMessages = there ? describe : describe.skip;

withMessages('the messages of Ellucian ILP for Banner, over SOAP with WS-Security', () => {
  test('in their natural order: each is projected at once', () => withIlp(playNaturally), 120_000);

  test.each(shuffled)(
    'in the order %s, %s, %s, %s, %s: the LMS sees the same in the end',
    (...order) =>
      withIlp(async (ilp) => {
        expect(ilp.names()).toEqual([...order, 'person_member_delete', 'section_delete'].sort());
        for (const name of order)
          expect(await ilp.send(name)).toMatchObject({ verdict: expect.stringMatching(/success|warning/) });
        await expectTerm(ilp);
        await expectAssociation(ilp);
        await expectDeletes(ilp);
      }),
    120_000,
  );
});

async function playNaturally(ilp: Ilp): Promise<void> {
  const success = { verdict: 'success', code: 'success / status / fullsuccess' };
  expect(await ilp.send('person_replace')).toMatchObject(success);
  await expectPerson(ilp);

  expect(await ilp.send('section_replace')).toMatchObject(success);
  await expectSection(ilp);
  const placeholder = await ilp.unit('group', term);
  expect(placeholder).toMatchObject({ type: 'semester', code: term, state: 'active', fields: { name: term } });

  expect(await ilp.send('member_replace_teacher')).toMatchObject(success);
  const taught = [`course_offering ${section} instructor`, `course_section ${section} instructor`];
  expect(await ilp.enrollments()).toEqual(taught);

  expect(await ilp.send('term_replace')).toMatchObject(success);
  expect((await ilp.unit('group', term)).lmsId).toBe(placeholder.lmsId);
  await expectTerm(ilp);

  const partly = { verdict: 'warning', code: 'success / warning / partialdatastorage' };
  expect(await ilp.send('section_assoc_replace')).toMatchObject(partly);
  await expectAssociation(ilp);
  await expectDeletes(ilp);
}

async function expectPerson(ilp: Ilp): Promise<void> {
  const users = await ilp.users(person);
  expect(users).toHaveLength(1);
  expect(users[0]).toMatchObject({
    state: 'active',
    role: 'instructor',
    fields: { orgDefinedId: person, userName: 'LogonIDUserID', givenName: 'Test', familyName: 'User' },
  });
  expect(JSON.stringify(users)).not.toMatch(/password|SHA/i);
}

/** The section brought its own offering, under a template, a department and a semester that it only names. */
async function expectSection(ilp: Ilp): Promise<void> {
  const { type, code, parents } = await ilp.unit('section', section);
  expect({ type, code }).toEqual({ type: 'course_section', code: section });
  const offering = await ilp.unit('offering', section);
  expect(parents.map(({ lmsId }) => lmsId)).toEqual([offering.lmsId]);
  const label = '201740 ENG-101-001';
  expect(offering).toMatchObject({ type: 'course_offering', code: label, state: 'active' });
  expect(offering.fields.name).toMatch(/ENG-101-001/);
  expect(offering.parents.map(named)).toEqual(['course_template ENG.101', `semester ${term}`]);
  const template = await ilp.unit('template', 'ENG.101');
  expect(template.parents.map(named)).toEqual(['department ENG']);
  expect((await ilp.unit('group', 'ENG')).parents.map(named)).toEqual(['organization demo']);
}

async function expectTerm(ilp: Ilp): Promise<void> {
  const semester = await ilp.unit('group', term);
  expect(semester).toMatchObject({ type: 'semester', code: term, state: 'active' });
  expect(semester.fields).toMatchObject({ name: 'Short201740', startsAt: '2017-08-30T00:00:00.000Z' });
  expect(await ilp.api.all('org-units', { type: 'semester', code: term, state: 'all' })).toHaveLength(1);
}

/** It takes the known section under it, with its enrollments; the unknown one waits without holding anything up. */
async function expectAssociation(ilp: Ilp): Promise<void> {
  await expectPerson(ilp);
  const merged = await ilp.unit('association', association);
  expect(merged).toMatchObject({ type: 'course_offering', state: 'active', fields: { name: 'TitleString' } });
  expect(merged.parents.map(named)).toEqual(['course_template ENG.101', `semester ${term}`]);
  const { parents } = await ilp.unit('section', section);
  expect(parents.map(({ lmsId }) => lmsId)).toEqual([merged.lmsId]);
  expect((await ilp.unit('offering', section)).state).toBe('inactive');
  expect(await ilp.enrollments()).toEqual([
    `course_offering ${association} instructor`,
    `course_section ${section} instructor`,
  ]);
}

/** A teacher stays in the offering after he left the section (IPSIS 2.6: no symmetrical removal for roles that see all sections). */
async function expectDeletes(ilp: Ilp): Promise<void> {
  expect(await ilp.send('section_delete')).toMatchObject({
    verdict: 'warning',
    code: 'success / warning / unknownobject',
  });
  expect(await ilp.send('person_member_delete')).toMatchObject({ verdict: 'success' });
  expect(await ilp.enrollments()).toEqual([`course_offering ${association} instructor`]);
  expect(await ilp.send('person_member_delete')).toMatchObject({ verdict: 'warning' });
  // The second section that the association names is never sent.
  expect(await ilp.api.all('waiting')).toMatchObject([{ sourcedId: association, code: 'waiting_for_section' }]);
}

function named({ type, code }: { type: string; code: string }): string {
  return `${type} ${code}`;
}
