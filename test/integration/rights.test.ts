import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Right } from '../../src/domain/rights.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  await put('users/P1', { userName: 'p1', familyName: 'Ames' });
  await offering('NOW', { startsAt: '2020-01-01T00:00:00Z' });
  await offering('PAST', { endsAt: '2021-01-01T00:00:00Z' });
  await offering('FUTURE', { startsAt: '2999-01-01T00:00:00Z' });
  await offering('OFF', { active: false });
  await put('org-units/S1', {
    type: 'CourseSection',
    name: 'Section 1',
    parents: [{ role: 'offering', kind: 'offering', sourcedId: 'NOW' }],
  });
  await north.admin.post('/api/v1/org-unit-types', { code: 'club', name: 'Club', base: 'group' });
  await north.admin.put('/api/v1/source-systems/sis/org-unit-type-map/CLUB', { type: 'club' });
  await put('org-units/G1?kind=group', { type: 'CLUB', name: 'Club' });
});
afterAll(() => world.close());
afterEach(() => withhold());

const put = (path: string, body: object) => north.sis.put(`/sis/v1/${path}`, body);

function offering(sourcedId: string, fields: object = {}) {
  return put(`org-units/${sourcedId}`, { type: 'CourseOffering', code: sourcedId, name: sourcedId, ...fields });
}

function enroll(sourcedId: string, kind: string, unit: string, person = 'P1') {
  return put(`enrollments/${sourcedId}`, {
    userSourcedId: person,
    orgUnit: { kind, sourcedId: unit },
    roles: [{ role: 'Learner' }],
  });
}

async function withhold(...withheldRights: Right[]): Promise<void> {
  const { status } = await north.admin.patch('/api/v1/source-systems/sis', { options: { withheldRights } });
  expect(status).toBe(200);
}

/** The right that was missing; undefined = it was done. */
async function lacked(call: Promise<{ status: number; body: Record<string, unknown> }>): Promise<string | undefined> {
  const { status, body } = await call;
  if (status < 300) return undefined;
  expect([status, body.code]).toEqual([403, 'unauthorized_request']);
  return /lacks the right (\S+),/.exec(String(body.message))?.[1];
}

describe('a source system has every right but those that are withheld', () => {
  it('and needs none for what its handlers keep from being done', async () => {
    await withhold('course_template.name');
    await put('org-units/KEPT?kind=template', { name: 'Kept', code: 'KEPT' });
    const point = '/api/v1/source-systems/sis/extension-points/handle.course_template.replace';
    const { entries } = (await north.admin.get(point)).body.list as {
      entries: { plugin: string; sortOrder: number }[];
    };
    const kept = entries.map(({ plugin, sortOrder }) => ({ plugin, sortOrder }));
    const noUpdate = { plugin: 'org-unit-name-no-update', sortOrder: 25 };
    expect(await north.admin.put(point, { entries: [...kept, noUpdate] })).toMatchObject({ status: 200 });
    expect(await lacked(put('org-units/KEPT?kind=template', { name: 'Other', code: 'KEPT' }))).toBeUndefined();
    await north.admin.delete(point);
    expect(await lacked(put('org-units/KEPT?kind=template', { name: 'Other', code: 'KEPT' }))).toBe(
      'course_template.name',
    );
  });

  it('over org units, by what their type behaves like: to create, change and delete', async () => {
    await withhold('course_offering.create', 'course_offering.name', 'course_offering.delete');
    expect(await lacked(offering('NEW'))).toBe('course_offering.create');
    expect((await north.sis.get('/sis/v1/org-units/NEW?kind=offering')).status).toBe(404);
    expect(await lacked(offering('NOW', { startsAt: '2020-01-01T00:00:00Z', name: 'Other' }))).toBe(
      'course_offering.name',
    );
    expect(await lacked(offering('NOW', { startsAt: '2020-02-01T00:00:00Z' }))).toBeUndefined();
    expect(await lacked(north.sis.delete('/sis/v1/org-units/NOW?kind=offering'))).toBe('course_offering.delete');
    expect(await lacked(put('org-units/T1', { type: 'CourseTemplate', code: 'T1', name: 'T1' }))).toBeUndefined();
  });

  it.each([
    ['course_offering.code', { code: 'other' }],
    ['course_offering.dates', { endsAt: '2030-01-01T00:00:00Z' }],
    ['course_offering.status', { active: false }],
    ['course_offering.parents', { parents: [{ role: 'semester', kind: 'group', sourcedId: '2026' }] }],
    ['course_offering.path', { attributes: { path: '/content/now' } }],
    ['course_offering.locale', { attributes: { locale: 'fr-CA' } }],
    ['course_offering.enforce-locale', { attributes: { enforceLocale: 'true' } }],
  ] as const)('%s is needed where that changes, and not where it does not', async (right, fields) => {
    await withhold(right);
    const patch = (body: object) => north.sis.patch('/sis/v1/org-units/NOW?kind=offering', body);
    expect(await lacked(patch(fields))).toBe(right);
    expect(await lacked(patch({ description: `all but ${right}` }))).toBeUndefined();
  });

  it('over users and enrollments', async () => {
    await withhold('user.create', 'user.update', 'user.delete', 'enrollment.create', 'enrollment.delete');
    expect(await lacked(put('users/P2', { userName: 'p2', familyName: 'Babel' }))).toBe('user.create');
    expect(await lacked(put('users/P1', { userName: 'p1', familyName: 'Other' }))).toBe('user.update');
    expect(await lacked(put('users/P1', { userName: 'p1', familyName: 'Ames' }))).toBeUndefined();
    expect(await lacked(north.sis.delete('/sis/v1/users/P1'))).toBe('user.delete');
    expect(await lacked(enroll('E0', 'offering', 'NOW'))).toBe('enrollment.create');
    await withhold();
    expect(await lacked(enroll('E0', 'offering', 'NOW'))).toBeUndefined();
    await withhold('enrollment.delete');
    expect(await lacked(north.sis.delete('/sis/v1/enrollments/E0'))).toBe('enrollment.delete');
  });

  it('to reach into inactive, past and future courses, sections and groups', async () => {
    await withhold('reach.inactive', 'reach.past', 'reach.future', 'reach.sections', 'reach.groups');
    expect(await lacked(enroll('E1', 'offering', 'PAST'))).toBe('reach.past');
    expect(await lacked(enroll('E2', 'offering', 'FUTURE'))).toBe('reach.future');
    expect(await lacked(enroll('E3', 'offering', 'OFF'))).toBe('reach.inactive');
    expect(await lacked(enroll('E4', 'section', 'S1'))).toBe('reach.sections');
    expect(await lacked(enroll('E5', 'group', 'G1'))).toBe('reach.groups');
    expect(await lacked(enroll('E7', 'section', 'NOT-YET'))).toBe('reach.sections');
    expect(await lacked(enroll('E6', 'offering', 'NOW'))).toBeUndefined();
    expect(await lacked(offering('PAST', { name: 'Past', endsAt: '2021-01-01T00:00:00Z' }))).toBe('reach.past');
  });

  it('to enroll in what is not known yet, as far as that may turn out to be', async () => {
    await withhold('reach.past');
    expect(await lacked(enroll('E8', 'offering', 'NOT-YET'))).toBe('reach.past');
    expect(await lacked(enroll('E8', 'template', 'NOT-YET'))).toBeUndefined();
    await withhold('reach.sections');
    const anyKind = { userSourcedId: 'P1', orgUnit: { sourcedId: 'NOT-YET' }, roles: [{ role: 'Learner' }] };
    expect(await lacked(put('enrollments/E9', anyKind))).toBe('reach.sections');
    expect(await lacked(enroll('E9', 'offering', 'NOT-YET'))).toBeUndefined();
  });

  it('to delete what a delete takes along', async () => {
    const point = '/api/v1/source-systems/sis/extension-points/handle.semester.delete';
    const { entries } = (await north.admin.get(point)).body.list as {
      entries: { plugin: string; sortOrder: number }[];
    };
    const cascading = { plugin: 'cascade-delete-course-offerings', sortOrder: 12 };
    const kept = entries.map(({ plugin, sortOrder }) => ({ plugin, sortOrder }));
    expect(await north.admin.put(point, { entries: [...kept, cascading] })).toMatchObject({ status: 200 });
    await put('org-units/FALL?kind=group', { type: 'TERM', name: 'Fall' });
    const semester = () => north.sis.delete('/sis/v1/org-units/FALL?kind=group');
    await offering('AUTUMN', { parents: [{ role: 'semester', kind: 'group', sourcedId: 'FALL' }] });
    await enroll('A1', 'offering', 'AUTUMN');
    await withhold('enrollment.delete');
    expect(await lacked(semester())).toBe('enrollment.delete');
    await withhold('course_offering.delete');
    expect(await lacked(semester())).toBe('course_offering.delete');
    await north.admin.delete(point);
    expect(await lacked(semester())).toBeUndefined();
    for (const dependants of ['forget', 'detach']) {
      await north.admin.patch('/api/v1/source-systems/sis', { options: { dependants } });
      await withhold('enrollment.delete');
      expect(await lacked(north.sis.delete('/sis/v1/users/P1'))).toBe('enrollment.delete');
    }
  });

  it('one command of many: the others go on', async () => {
    await withhold('user.create');
    const { body } = await north.sis.post('/sis/v1/messages', {
      messages: [
        { entity: 'user', verb: 'replace', sourcedId: 'P9', fields: { userName: 'p9', familyName: 'Nine' } },
        { entity: 'user', verb: 'replace', sourcedId: 'P1', fields: { userName: 'p1', familyName: 'Ames' } },
      ],
    });
    expect(body.outcomes).toMatchObject([
      { status: 'rejected', problems: [{ code: 'unauthorized_request' }] },
      { status: 'unchanged' },
    ]);
  });

  it('names only rights that there are', async () => {
    const answer = await north.admin.patch('/api/v1/source-systems/sis', { options: { withheldRights: ['fly'] } });
    expect(answer.status).toBe(400);
  });
});

describe('a type that changes', () => {
  const group = (sourcedId: string, type: string, fields: object = {}) =>
    put(`org-units/${sourcedId}?kind=group`, { type, name: sourcedId, ...fields });
  const states = async (code: string) => {
    const { items } = (await north.admin.get(`/api/v1/org-units?code=${code}`)).body;
    return items.map(({ type, state }) => [type, state]);
  };

  it('deletes what was, and creates what is stated', async () => {
    await group('D1', 'DEPARTMENT');
    await withhold('department.delete', 'department.status');
    expect(await lacked(north.sis.delete('/sis/v1/org-units/D1?kind=group'))).toBe('department.delete');
    expect(await lacked(group('D1', 'Mystery'))).toBe('department.delete');
    expect(await lacked(group('D1', 'TERM'))).toBe('department.delete');
    expect(await states('D1')).toEqual([['department', 'active']]);
    await withhold('semester.create');
    expect(await lacked(group('D1', 'TERM'))).toBe('semester.create');
    const byUpdate = north.sis.patch('/sis/v1/org-units/D1?kind=group', { type: 'TERM' });
    expect(await lacked(byUpdate)).toBe('semester.create');
    expect(await states('D1')).toEqual([['department', 'active']]);
    await withhold('department.create', 'semester.delete');
    expect(await lacked(group('D1', 'TERM'))).toBeUndefined();
  });

  it('needs no right where the other word means the same', async () => {
    await group('D2', 'DEPARTMENT');
    await north.admin.put('/api/v1/source-systems/sis/org-unit-type-map/FACULTY', { type: 'department' });
    await withhold('department.delete', 'department.create');
    expect(await lacked(group('D2', 'FACULTY'))).toBeUndefined();
    await withhold('department.name');
    expect(await lacked(group('D2', 'DEPARTMENT', { name: 'Other' }))).toBe('department.name');
  });

  it('and is not mapped needs the right to create for every type that it may turn out to be', async () => {
    await withhold('department.create');
    const { body } = await group('D3', 'Mystery');
    expect(body.message).toMatch(/lacks the right department\.create, .* since its type is not mapped .* map the type/);
    await withhold();
    expect((await group('D3', 'Mystery')).body).toMatchObject({ problems: [{ code: 'unmapped_type' }] });
    await withhold('department.create');
    expect(await lacked(group('D3', 'DEPARTMENT'))).toBe('department.create');
    expect(await states('D3')).toEqual([]);
    expect(await lacked(group('D3', 'TERM'))).toBeUndefined();
    expect(await lacked(group('D4', 'Mystery'))).toBe('department.create');
  });

  it('and is not mapped is changed by who may change every type, and deleted by anybody', async () => {
    await group('D5', 'Mystery');
    await withhold('semester.name', 'other.delete');
    expect(await lacked(group('D5', 'Mystery', { name: 'Other' }))).toBe('semester.name');
    expect(await lacked(north.sis.delete('/sis/v1/org-units/D5?kind=group'))).toBeUndefined();
  });

  it('is not the word that is stated where the type is kept as it was', async () => {
    await group('D6', 'DEPARTMENT');
    const overwrite = { user: 'yes', orgUnit: { keep: ['type'] } };
    await north.admin.patch('/api/v1/source-systems/sis', { options: { overwrite } });
    await withhold('department.name');
    expect(await lacked(group('D6', 'TERM', { name: 'Other' }))).toBe('department.name');
    const yes = { user: 'yes', orgUnit: 'yes' };
    await north.admin.patch('/api/v1/source-systems/sis', { options: { overwrite: yes } });
  });

  it('does not take a course out of the reach that it is in', async () => {
    await withhold('reach.past');
    const past = (type: string) =>
      put('org-units/PAST?kind=offering', { type, name: 'PAST', endsAt: '2021-01-01T00:00:00Z' });
    expect(await lacked(past('DEPARTMENT'))).toBe('reach.past');
    expect(await lacked(past('Mystery'))).toBe('reach.past');
  });
});

describe('a membership that moves', () => {
  const learner = { roles: [{ role: 'Learner' }] };

  it('to another person or org unit is deleted and created', async () => {
    await put('users/P3', { userName: 'p3', familyName: 'Cole' });
    await enroll('M1', 'offering', 'NOW');
    await withhold('enrollment.delete');
    expect(await lacked(enroll('M1', 'offering', 'OFF'))).toBe('enrollment.delete');
    expect(await lacked(enroll('M1', 'offering', 'NOW', 'P3'))).toBe('enrollment.delete');
    await withhold('enrollment.create');
    expect(await lacked(enroll('M1', 'offering', 'OFF'))).toBe('enrollment.create');
    const byUpdate = north.sis.patch('/sis/v1/enrollments/M1', { userSourcedId: 'P3' });
    expect(await lacked(byUpdate)).toBe('enrollment.create');
    await withhold('enrollment.create', 'enrollment.delete');
    expect(await lacked(enroll('M1', 'offering', 'NOW'))).toBeUndefined();
    const teacher = { roles: [{ role: 'Instructor' }] };
    expect(await lacked(north.sis.patch('/sis/v1/enrollments/M1', teacher))).toBeUndefined();
    await withhold('enrollment.update');
    expect(await lacked(enroll('M1', 'offering', 'OFF'))).toBeUndefined();
  });

  it('reaches into the org unit that it leaves as into the one that it comes to', async () => {
    await enroll('M2', 'offering', 'PAST');
    await enroll('M3', 'section', 'S1');
    await withhold('reach.past');
    expect(await lacked(enroll('M2', 'offering', 'NOW'))).toBe('reach.past');
    expect(await lacked(enroll('M3', 'offering', 'PAST'))).toBe('reach.past');
    expect(await lacked(enroll('M3', 'offering', 'NOW'))).toBeUndefined();
    await enroll('M3', 'section', 'S1');
    await withhold('reach.sections');
    expect(await lacked(enroll('M3', 'offering', 'NOW'))).toBe('reach.sections');
    expect(await lacked(north.sis.patch('/sis/v1/enrollments/M2', learner))).toBeUndefined();
  });

  it('counts what its org unit is, whatever kind is named', async () => {
    await withhold('reach.past');
    expect(await lacked(enroll('M4', 'group', 'PAST'))).toBe('reach.past');
    expect(await lacked(enroll('M4', 'group', 'NOW'))).toBeUndefined();
    const fields = { userSourcedId: 'P1', orgUnit: { kind: 'group', sourcedId: 'PAST' } };
    const messages = [{ entity: 'enrollment', verb: 'delete', fields }];
    const { body } = await north.sis.post('/sis/v1/messages', { messages });
    expect(body.outcomes).toMatchObject([{ problems: [{ code: 'unauthorized_request' }] }]);
  });
});

it('what is not there to be updated is not known, whatever is withheld', async () => {
  await withhold('course_section.create');
  const { status, body } = await north.sis.patch('/sis/v1/org-units/NOBODY?kind=group', { name: 'Other' });
  expect([status, body.code]).toEqual([404, 'unknown_object']);
});
