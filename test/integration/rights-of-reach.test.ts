import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Right } from '../../src/domain/rights.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
});
afterAll(() => world.close());
afterEach(() => set({ withheldRights: [], dependants: 'detach' }));

const ended = '2020-01-01T00:00:00Z';
const put = (path: string, body: object) => north.sis.put(`/sis/v1/${path}`, body);
const remove = (path: string) => lacked(north.sis.delete(`/sis/v1/${path}`));

async function set(options: { withheldRights?: Right[]; dependants?: 'forget' | 'detach' }): Promise<void> {
  expect((await north.admin.patch('/api/v1/source-systems/sis', { options })).status).toBe(200);
}

/** The right that was missing, and what would have been taken along; undefined = it was done. */
async function lacked(call: Promise<{ status: number; body: Record<string, unknown> }>): Promise<string | undefined> {
  const { status, body } = await call;
  if (status < 300) return undefined;
  expect([status, body.code]).toEqual([403, 'unauthorized_request']);
  const [, right, along] = /lacks the right (\S+),.*?(?:takes the (.+) along)?; /.exec(String(body.message)) ?? [];
  return along === undefined ? right : `${String(right)} of ${along}`;
}

const below = (role: string, kind: string, sourcedId: string) => ({ role, kind, sourcedId });

const section = (sourcedId: string, offering: string, fields: object = {}) =>
  put(`org-units/${sourcedId}?kind=section`, {
    name: 's',
    parents: [below('offering', 'offering', offering)],
    ...fields,
  });

const enroll = (sourcedId: string, person: string, unit: string, kind = 'section') =>
  put(`enrollments/${sourcedId}`, {
    userSourcedId: person,
    orgUnit: { kind, sourcedId: unit },
    roles: [{ role: 'Learner' }],
  });

/** A department with a template, an offering and a section below one another, a semester, a person, who is in the section. */
async function course(name: string, fields: object): Promise<void> {
  await put(`org-units/${name}-D?kind=group`, { type: 'DEPARTMENT', name: 'd' });
  await put(`org-units/${name}-M?kind=group`, { type: 'TERM', name: 'm' });
  await put(`org-units/${name}-T?kind=template`, { name: 't', parents: [below('department', 'group', `${name}-D`)] });
  const parents = [below('template', 'template', `${name}-T`), below('semester', 'group', `${name}-M`)];
  await put(`org-units/${name}-O?kind=offering`, { name: 'o', parents, ...fields });
  await section(`${name}-S`, `${name}-O`);
  await put(`users/${name}-U`, { userName: `${name}-u`, familyName: 'u' });
  expect((await enroll(`${name}-E`, `${name}-U`, `${name}-S`)).status).toBe(201);
}

const there = async (name: string) => (await north.sis.get(`/sis/v1/enrollments/${name}-E`)).status === 200;

async function cascading(entity: string, plugin: string, call: () => Promise<void>): Promise<void> {
  const point = `/api/v1/source-systems/sis/extension-points/handle.${entity}.delete`;
  const { entries } = (await north.admin.get(point)).body.list as { entries: { plugin: string; sortOrder: number }[] };
  const kept = entries.map((entry) => ({ plugin: entry.plugin, sortOrder: entry.sortOrder }));
  expect(await north.admin.put(point, { entries: [...kept, { plugin, sortOrder: 12 }] })).toMatchObject({
    status: 200,
  });
  await call();
  await north.admin.delete(point);
}

describe('reach holds for what a delete takes along', () => {
  it.each([
    ['reach.past', { endsAt: ended }],
    ['reach.future', { startsAt: '2999-01-01T00:00:00Z' }],
    ['reach.inactive', { active: false }],
  ] as const)('%s: org units and enrollments', async (right, fields) => {
    const name = right.slice('reach.'.length);
    await course(name, fields);
    await set({ dependants: 'forget', withheldRights: [right] });
    expect(await remove(`org-units/${name}-T?kind=template`)).toBe(`${right} of offering "${name}-O"`);
    expect(await remove(`org-units/${name}-S?kind=section`)).toBe(right);
    expect(await remove(`users/${name}-U`)).toBe(`${right} of membership "${name}-E"`);
    expect(await there(name)).toBe(true);
    // It takes nothing along: its templates and offerings stay.
    expect(await remove(`org-units/${name}-M?kind=group`)).toBeUndefined();
    await set({ withheldRights: [] });
    expect(await remove(`org-units/${name}-T?kind=template`)).toBeUndefined();
    expect(await there(name)).toBe(false);
  });

  it.each(['T', 'O', 'S', 'U'])(
    'reach.sections, by the delete of -%s, and of nothing that is not there',
    async (which) => {
      const name = `sec${which}`;
      await course(name, {});
      const kind = { T: 'template', O: 'offering', S: 'section' }[which];
      const path = kind === undefined ? `users/${name}-U` : `org-units/${name}-${which}?kind=${kind}`;
      await set({ dependants: 'forget', withheldRights: ['reach.sections'] });
      expect(await remove(path)).toBe(`reach.sections of membership "${name}-E"`);
      expect(await there(name)).toBe(true);
      await set({ withheldRights: ['reach.groups', 'reach.past'] });
      expect(await remove(path)).toBeUndefined();
      expect(await there(name)).toBe(false);
      await set({ withheldRights: ['reach.sections'] });
      expect((await north.sis.delete(`/sis/v1/${path}`)).status).toBeLessThan(500);
    },
  );

  it('by handlers that cascade, of semesters and departments, too', async () => {
    await course('cas', { endsAt: ended });
    await set({ withheldRights: ['reach.past'] });
    await cascading('semester', 'cascade-delete-course-offerings', async () => {
      expect(await remove('org-units/cas-M?kind=group')).toBe('reach.past of offering "cas-O"');
    });
    await cascading('department', 'cascade-delete-course-templates', async () => {
      expect(await remove('org-units/cas-D?kind=group')).toBe('reach.past of offering "cas-O"');
    });
    await cascading('user', 'cascade-delete-enrollments', async () => {
      expect(await remove('users/cas-U')).toBe('reach.past of membership "cas-E"');
    });
    expect(await there('cas')).toBe(true);
  });

  it('each of several deletes by what it takes along itself', async () => {
    await course('one', { endsAt: ended });
    await course('two', {});
    await set({ dependants: 'forget', withheldRights: ['reach.past'] });
    const messages = ['two', 'one'].map((name) => ({
      entity: 'org_unit',
      kind: 'template',
      verb: 'delete',
      sourcedId: `${name}-T`,
    }));
    const { body } = await north.sis.post('/sis/v1/messages', { messages });
    expect(body.outcomes).toMatchObject([{ status: 'deleted' }, { problems: [{ code: 'unauthorized_request' }] }]);
    expect([await there('two'), await there('one')]).toEqual([false, true]);
  });
});

describe('a section is reached as its offering is', () => {
  it('where it has no dates of its own', async () => {
    await course('old', { endsAt: ended });
    await set({ withheldRights: ['reach.past'] });
    expect(await remove('enrollments/old-E')).toBe('reach.past');
    expect(await remove('org-units/old-S?kind=section')).toBe('reach.past');
    expect(await lacked(section('old-S', 'old-O', { name: 'other' }))).toBe('reach.past');
    expect(await lacked(enroll('old-E2', 'old-U', 'old-S'))).toBe('reach.past');
    expect(await lacked(section('old-S2', 'old-O'))).toBe('reach.past');
    await set({ withheldRights: [] });
    await section('old-S', 'old-O', { endsAt: '2999-01-01T00:00:00Z' });
    await set({ withheldRights: ['reach.past'] });
    expect(await lacked(section('old-S2', 'old-O', { endsAt: '2999-01-01T00:00:00Z' }))).toBeUndefined();
    // An enrollment in it is one in the offering, too.
    expect(await remove('enrollments/old-E')).toBe('reach.past');
    expect(await remove('org-units/old-S?kind=section')).toBe('reach.past of membership "old-E"');
    expect(await remove('org-units/old-S2?kind=section')).toBeUndefined();
  });

  it('on both sides of a move', async () => {
    await course('from', { endsAt: ended });
    await course('to', {});
    await set({ withheldRights: ['reach.past'] });
    expect(await lacked(section('from-S', 'to-O'))).toBe('reach.past');
    expect(await lacked(section('to-S', 'from-O'))).toBe('reach.past');
    const patched = north.sis.patch('/sis/v1/org-units/to-S?kind=section', {
      parents: [below('offering', 'offering', 'from-O')],
    });
    expect(await lacked(patched)).toBe('reach.past');
  });

  it('where it has no status of its own', async () => {
    await course('off', { active: false });
    await set({ withheldRights: ['reach.inactive'] });
    expect(await remove('enrollments/off-E')).toBe('reach.inactive');
    await set({ withheldRights: [] });
    await section('off-S', 'off-O', { active: true });
    await set({ withheldRights: ['reach.inactive'] });
    expect(await lacked(section('off-S', 'off-O', { active: true, name: 'other' }))).toBeUndefined();
    expect(await remove('enrollments/off-E')).toBe('reach.inactive');
  });

  it('but as its association, where one has it', async () => {
    await course('asc', { endsAt: ended });
    await section('asc-S', 'asc-O', { endsAt: '2999-01-01T00:00:00Z' });
    await put('section-associations/asc-A', { sections: ['asc-S'] });
    await section('asc-S', 'asc-O');
    await north.sis.patch('/sis/v1/section-associations/asc-A', { endsAt: '2999-01-01T00:00:00Z' });
    await set({ withheldRights: ['reach.past', 'reach.inactive'] });
    expect(await lacked(section('asc-S', 'asc-O', { name: 'other' }))).toBeUndefined();
  });
});
