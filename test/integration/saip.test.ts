import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';
import { statusOf, type Visitor, visitorOf } from './soap-visitor.ts';

let world: ApiWorld;
let north: Tenant;
let peopleSoft: Visitor;

const fixtures = join(import.meta.dirname, '../fixtures/saip');
const fixture = (name: string): Buffer => readFileSync(join(fixtures, name, 'request.xml'));
const done = 'success / status / fullsuccess';
const section = '004110-1-0710-1-01-5210';

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  peopleSoft = await visitorOf(world, north);
});
afterAll(() => world.close());

describe('a term of PeopleSoft', () => {
  it.each([
    ['gms', 'update-group-term-data-source-twice', done],
    ['gms', 'create-group-department', done],
    ['cms', 'create-course-template', done],
    ['cms', 'create-course-offering', done],
    ['cms', 'create-course-section-with-classes', done],
    ['pms', 'create-person', done],
    ['mms', 'create-membership', done],
    // Its second section has not been sent.
    ['cms', 'create-section-association', 'success / warning / partialdatastorage'],
  ])('%s takes %s', async (service, name, status) => {
    expect(statusOf(await peopleSoft.post(`/saip/${service}`, fixture(name)))).toBe(status);
  });

  it('is a course with its student in the LMS', async () => {
    const [unit] = await peopleSoft.units(section);
    expect(unit).toMatchObject({
      type: 'section',
      state: 'active',
      fields: { name: 'Rocks and Minerals', startsAt: '2027-02-22T00:00:00.000Z' },
    });
    const [term] = await peopleSoft.units('NZU-UGRD-0710');
    expect(term).toMatchObject({ type: 'semester', fields: { name: '2027 Fall' } });
    const [merged] = await peopleSoft.units('004110-1-0710-I2');
    expect(merged).toMatchObject({ type: 'offering', state: 'active' });
    const [user] = await peopleSoft.users('N4001');
    expect(user).toMatchObject({
      state: 'active',
      fields: { givenName: 'Ngaio', familyName: 'Marlow', email: 'ngaio.marlow@uni.example' },
    });
    expect(JSON.stringify(user)).not.toContain('1991-02-03');
    expect(await peopleSoft.enrollments('N4001')).toEqual([`${section} student`, '004110-1-0710-I2 student']);
  });

  it('is not read as LIS 2.0, which has operations of the same names: nothing of it is lost', async () => {
    const reply = await peopleSoft.post('/lis/pms', fixture('create-person'));
    expect(JSON.stringify(reply)).toContain('Send it to /saip');
    const [user] = await peopleSoft.users('N4001');
    expect(user?.fields).toMatchObject({ givenName: 'Ngaio', email: 'ngaio.marlow@uni.example' });
  });

  it('is read back as it was said', async () => {
    const reply = await peopleSoft.post('/saip/cms', fixture('read-course-offering'));
    expect(statusOf(reply)).toBe(done);
    expect(reply).toContain('<parentTemplateId>004110-1</parentTemplateId>');
    expect(reply).toContain('<imsx_messageRefIdentifier>q-1<');
  });

  it('changes', async () => {
    expect(statusOf(await peopleSoft.post('/saip/pms', fixture('update-person-in-part')))).toBe(done);
    expect(statusOf(await peopleSoft.post('/saip/cms', fixture('update-course-template')))).toBe(done);
    expect(statusOf(await peopleSoft.post('/saip/cms', fixture('update-course-offering-status')))).toBe(done);
    expect((await peopleSoft.users('N4001'))[0]).toMatchObject({
      fields: { givenName: 'Ngaio', email: 'new@uni.example' },
    });
    expect((await peopleSoft.units('004110-1'))[0]).toMatchObject({ fields: { name: 'Rocks, Minerals, Fossils' } });
    expect((await peopleSoft.units('004110-1-0710-1-01'))[0]).toMatchObject({ state: 'inactive' });
  });

  it('changes the roles that say a mode, and leaves the others', async () => {
    const change = async (role: string, mode: string): Promise<string[]> => {
      const body = fixture('create-membership').toString().replaceAll('createMembership', 'updateMembership');
      const changed = body
        .replace('<roleType>Learner</roleType><subrole>Learner<', `<roleType>${role}</roleType><subrole><`)
        .replace('<fieldValue>A<', `<fieldValue>${mode}<`);
      await peopleSoft.post('/saip/mms', Buffer.from(changed));
      return peopleSoft.enrollments('N4001');
    };
    const [asTeacher, asStudent] = ['teacher', 'student'].map((role) => `${section} ${role}`);
    expect(await change('Instructor', 'A')).toContain(asTeacher);
    expect(await change('Instructor', 'D')).toContain(asStudent);
  });

  it('creates once, changes ids, and combines sections', async () => {
    expect(statusOf(await peopleSoft.post('/saip/pms', fixture('create-person')))).toBe(
      'failure / error / idallocinusefail',
    );
    expect(statusOf(await peopleSoft.post('/saip/cms', fixture('add-course-section')))).toBe(
      'success / warning / partialdatastorage',
    );
    const association = (): Promise<string> =>
      peopleSoft.send(
        '/saip/cms',
        '<readSectionAssociationRequest><sourcedId>004110-1-0710-I2</sourcedId></readSectionAssociationRequest>',
      );
    expect((await association()).match(/<courseSectionId>/g)).toHaveLength(3);
    expect(statusOf(await peopleSoft.post('/saip/cms', fixture('remove-course-section')))).toBe(
      'success / warning / partialdatastorage',
    );
    expect((await association()).match(/<courseSectionId>/g)).toHaveLength(2);
    expect(statusOf(await peopleSoft.post('/saip/pms', fixture('change-person-identifier')))).toBe(done);
    expect(await peopleSoft.enrollments('N9001')).toHaveLength(2);
    const back =
      '<changePersonIdentifierRequest><sourcedId>N9001</sourcedId><newSourcedId>N4001</newSourcedId></changePersonIdentifierRequest>';
    expect(statusOf(await peopleSoft.send('/saip/pms', back))).toBe(done);
    const allocated = await peopleSoft.post('/saip/pms', fixture('create-by-proxy-person'));
    const [, id = ''] = /<sourcedId>([^<]+)</.exec(allocated) ?? [];
    expect(await peopleSoft.users(id)).toMatchObject([{ state: 'active' }]);
  });

  it('ends: the whole membership comes with its delete, a section without an envelope', async () => {
    expect(statusOf(await peopleSoft.post('/saip/mms', fixture('delete-membership-whole')))).toBe(done);
    expect(await peopleSoft.enrollments('N4001')).toEqual([]);
    expect(statusOf(await peopleSoft.post('/saip/cms', fixture('bare-body-without-envelope')))).toBe(done);
    expect((await peopleSoft.units(section))[0]).toMatchObject({ state: 'deleted' });
    expect(statusOf(await peopleSoft.post('/saip/pms', fixture('delete-person')))).toBe(done);
    expect((await peopleSoft.users('N4001'))[0]).toMatchObject({ state: 'inactive' });
  });
});

describe('a snapshot', () => {
  it('is taken as its file stands; a record that cannot be read does not hold up the others', async () => {
    const reply = await peopleSoft.post('/saip/cms', fixture('snapshot-with-bad-records'));
    expect(statusOf(reply)).toBe('success / warning / partialdatastorage');
    expect(reply).toContain('2 of 4 records were refused');
    expect((await peopleSoft.units('A-1')).length + (await peopleSoft.units('S-1')).length).toBeGreaterThan(0);
    expect(statusOf(await peopleSoft.post('/saip/cms', fixture('snapshot-empty-utf-16')))).toBe(done);
  });

  it('brings the members of a course, each under an id of its own', async () => {
    const body = (text: string): string => `<enterprise>${text}</enterprise>`;
    const course =
      '<courseOffering><sourcedId>O-7</sourcedId><title><text>Tides</text></title></courseOffering><courseSection><sourcedId>00411010710101</sourcedId><title><text>Tides</text></title><parentOfferingId>O-7</parentOfferingId></courseSection>';
    expect(statusOf(await peopleSoft.post('/saip/cms', body(course)))).toBe(done);
    const people = ['N4001', 'N4002', 'N4003'].map(
      (id) =>
        `<person><sourcedId>${id}</sourcedId><formname><formattedname><text>Person ${id}</text></formattedname></formname></person>`,
    );
    expect(statusOf(await peopleSoft.post('/saip/pms', body(people.join(''))))).toBe(done);
    const reply = await peopleSoft.post('/saip/mms', fixture('snapshot-memberships-of-many'));
    expect(statusOf(reply)).toBe('success / warning / partialdatastorage');
    expect(reply).toContain('membership 00411010710101-N4003');
    expect(await peopleSoft.enrollments('N4002')).toEqual(['00411010710101 student', 'O-7 student']);
    expect(await peopleSoft.enrollments('N4003')).toEqual([]);
  });
});

it('is journaled under its own operation, can be sent again, and is described at its address', async () => {
  const { items } = (await north.admin.get('/api/v1/messages?operation=createCourseOffering')).body;
  expect(items[0]).toMatchObject({ dialect: 'saip', result: 'success' });
  const { items: snapshots } = (await north.admin.get('/api/v1/messages?operation=enterprise')).body;
  const replayed = (await north.admin.post(`/api/v1/messages/${snapshots.at(-1)?.id ?? ''}/replay`)).body;
  expect(replayed.outcomes.map(({ sourcedId, status }) => `${sourcedId} ${status}`)).toEqual([
    'S-1 unchanged',
    'A-1 unchanged',
  ]);
  const wsdl = await (await fetch(`${world.url}/saip/cms?wsdl`)).text();
  expect(wsdl).toContain('"createCourseOffering"');
  expect(wsdl).toContain(`${world.url}/saip/cms`);
});
