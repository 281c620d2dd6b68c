import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';
import { type Visitor, visitorOf } from './soap-visitor.ts';

let world: ApiWorld;
let north: Tenant;
let soap: Visitor;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  soap = await visitorOf(world, north);
  const group = (id: string, type: string) => unit(id, 'group', type, []);
  await group('DEP', 'DEPARTMENT');
  await group('DEP2', 'DEPARTMENT');
  await group('FALL', 'TERM');
});
afterAll(() => world.close());

interface Entry {
  plugin: string;
  sortOrder: number;
  options?: object;
}

/** Puts more entries into the list of a point while `work` runs; the shipped list with them. */
async function withMore(point: string, more: readonly Entry[], work: () => Promise<void>): Promise<void> {
  const path = `/api/v1/source-systems/sis/extension-points/${point}`;
  const { body } = await north.admin.get(`/api/v1/extension-points/${point}`);
  const { entries } = body.list as { entries: Entry[] };
  const given = entries.map(({ plugin, sortOrder, options }) => ({ plugin, sortOrder, ...(options && { options }) }));
  const put = await north.admin.put(path, { entries: [...given, ...more] });
  expect({ status: put.status, reasons: put.body.reasons }).toMatchObject({ status: 200, reasons: [] });
  try {
    await work();
  } finally {
    await north.admin.delete(path);
  }
}

const parent = (role: string, sourcedId: string, kind = 'group') => ({ role, kind, sourcedId });
const unit = (id: string, kind: string, type: string, parents: object[], more: object = {}) =>
  north.sis.put(`/sis/v1/org-units/${id}?kind=${kind}`, { type, code: id, name: id, parents, ...more });
const template = (id: string, parents: object[] = []) => unit(id, 'template', 'CourseTemplate', parents);
const offering = (id: string, under: string, more?: object) =>
  unit(id, 'offering', 'CourseOffering', [parent('template', under, 'template')], more);
const section = (id: string, under: string, more?: object) =>
  unit(id, 'section', 'CourseSection', [parent('offering', under, 'offering')], more);
const user = (id: string, fields: object) => north.sis.put(`/sis/v1/users/${id}`, fields);
const userFields = async (id: string) => (await north.sis.get(`/sis/v1/users/${id}`)).body.fields;
const lmsUnit = async (lmsId: string | undefined) => (await north.admin.get(`/api/v1/org-units/${lmsId}`)).body;

describe('no-update handlers', () => {
  const before = {
    orgDefinedId: 'N-1',
    userName: 'before',
    formattedName: 'Before',
    givenName: 'Be',
    middleName: 'F',
    familyName: 'Ore',
    preferredGivenName: 'Bef',
    preferredFamilyName: 'Or',
    email: 'before@example.edu',
    active: true,
    roles: [{ role: 'Student', primary: true }],
  };
  const after = {
    orgDefinedId: 'N-2',
    userName: 'after',
    formattedName: 'After',
    givenName: 'Af',
    middleName: 'G',
    familyName: 'Ter',
    preferredGivenName: 'Aft',
    preferredFamilyName: 'Er',
    email: 'after@example.edu',
    active: false,
    roles: [{ role: 'Faculty', primary: true }],
  };
  const kebab = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

  it.each(Object.keys(before) as (keyof typeof before)[])('keep %s of a person, and nothing else', async (field) => {
    const id = `KEEP-${field}`;
    const own = { ...before, userName: `${field}-before`, orgDefinedId: `${field}-1` };
    const changed = { ...after, userName: `${field}-after`, orgDefinedId: `${field}-2` };
    await withMore('handle.user.replace', [{ plugin: `user-${kebab(field)}-no-update`, sortOrder: 45 }], async () => {
      await user(id, own);
      await user(id, changed);
      expect(await userFields(id)).toEqual({ ...changed, [field]: own[field] });
    });
  });

  it('keep the code and the org-defined id of what is called by its sourcedId, also under another one', async () => {
    await withMore('handle.user.replace', [{ plugin: 'user-org-defined-id-no-update', sortOrder: 45 }], async () => {
      const { lmsId } = (await user('CALL-1', { userName: 'call' })).body;
      const name = async () => (await north.admin.get(`/api/v1/users/${lmsId}`)).body.fields.orgDefinedId;
      await user('CALL-1', { userName: 'call', orgDefinedId: 'other' });
      expect(await name()).toBe('CALL-1');
      await north.sis.post('/sis/v1/users/CALL-1/rename', { newSourcedId: 'CALL-2' });
      await user('CALL-2', { userName: 'call', orgDefinedId: 'other' });
      expect(await name()).toBe('CALL-1');
    });
  });

  it.each([
    ['code', { code: 'C2' }, 'KU-code'],
    ['name', { name: 'N2' }, 'KU-name'],
    ['shortName', { shortName: 'S2' }, 'S1'],
    ['description', { description: 'D2' }, 'D1'],
    ['startsAt', { startsAt: '2027-02-01T00:00:00.000Z' }, '2027-01-01T00:00:00.000Z'],
    ['endsAt', { endsAt: '2027-07-01T00:00:00.000Z' }, '2027-06-01T00:00:00.000Z'],
    ['active', { active: false }, true],
    ['parents', { parents: [] }, [parent('parent', 'FALL')]],
  ])('keep %s of an org unit', async (field, changed, kept) => {
    const id = `KU-${field}`;
    const more = [{ plugin: `org-unit-${kebab(field)}-no-update`, sortOrder: 15 }];
    const first = {
      shortName: 'S1',
      description: 'D1',
      startsAt: '2027-01-01T00:00:00.000Z',
      endsAt: '2027-06-01T00:00:00.000Z',
      active: true,
    };
    await withMore('handle.org_unit.replace', more, async () => {
      await unit(id, 'group', 'COLLEGE', [parent('parent', 'FALL')], first);
      await unit(id, 'group', 'COLLEGE', [parent('parent', 'FALL')], { ...first, ...changed });
      const { body } = await north.sis.get(`/sis/v1/org-units/${id}?kind=group`);
      expect(body.fields[field]).toEqual(kept);
    });
  });
});

describe('preferred names, as LIS states them', () => {
  const part = (name: string, value: string) =>
    `<partName><instanceName><textString>${name}</textString></instanceName><instanceValue><textString>${value}</textString></instanceValue></partName>`;
  const name = (type: string, ...parts: string[]) =>
    `<name><nameType><instanceValue><textString>${type}</textString></instanceValue></nameType>${parts.join('')}</name>`;
  const send = (...preferred: string[]) =>
    soap.send(
      '/lis/pms',
      `<replacePersonRequest xmlns="http://www.imsglobal.org/services/lis/pms2p0/wsdl11/sync/imspms_v2p0"><sourcedId>PREF</sourcedId><personRecord><sourcedGUID><sourcedId>PREF</sourcedId></sourcedGUID><person>${name('Full', part('First', 'Ann'), part('Last', 'Lee'))}${preferred.join('')}</person></personRecord></replacePersonRequest>`,
    );
  const preferredNames = async () => {
    const [found] = await soap.users('PREF');
    const { preferredGivenName = null, preferredFamilyName = null } = found?.fields as Record<string, string | null>;
    return [preferredGivenName, preferredFamilyName];
  };

  it.each([
    ['whole: both are overwritten', [name('Preferred', part('First', 'Annie'), part('Last', 'Li'))], ['Annie', 'Li']],
    ['partial: the other one is left', [name('Preferred', part('First', 'Nan'))], ['Nan', 'Li']],
    ['empty: that one is cleared', [name('Preferred', part('Last', ''))], ['Nan', null]],
    ['missing: both are cleared', [], [null, null]],
  ])('the block is %s', async (_, preferred, expected) => {
    await send(...preferred);
    expect(await preferredNames()).toEqual(expected);
  });
});

describe('what extension fields state', () => {
  it('IsActive is the status; other ones are what the options say', async () => {
    const options = { fields: { IsActive: 'active', Mail: 'email' } };
    const more = [{ plugin: 'fields-from-attributes', sortOrder: 45, options }];
    await withMore('handle.user.replace', more, async () => {
      const { lmsId } = (await user('EXT', { userName: 'ext', attributes: { isactive: '0', mail: 'x@example.edu' } }))
        .body;
      expect(await userFields('EXT')).toMatchObject({ active: false, email: 'x@example.edu' });
      expect((await north.admin.get(`/api/v1/users/${lmsId}`)).body.state).toBe('inactive');
      await user('EXT', { userName: 'ext', attributes: { IsActive: 'true' } });
      expect((await north.admin.get(`/api/v1/users/${lmsId}`)).body.state).toBe('active');
    });
  });

  it('a request to copy a course is an attribute of the change that tells of the offering', async () => {
    await template('COPY-T');
    const start = (await north.admin.get('/api/v1/snapshot')).body.cursor;
    const more = [{ plugin: 'copy-course', sortOrder: 15, options: { implicit: 'sibling' } }];
    await withMore('handle.course_offering.replace', more, async () => {
      await offering('COPY-1', 'COPY-T', { attributes: { coupCourseSourceOrgUnitCode: 'MASTER' } });
      await offering('COPY-2', 'COPY-T');
    });
    const { items } = (await north.admin.get(`/api/v1/changes?after=${encodeURIComponent(start)}`)).body;
    const asked = items.map(({ operation, after }) => [operation, after]);
    expect(asked).toEqual([
      ['created', expect.objectContaining({ attributes: { CopyCourseSourceOrgUnitCode: 'MASTER' } })],
      ['created', expect.objectContaining({ attributes: { CopyCourseSourceOrgUnitCode: 'COPY-T' } })],
    ]);
  });
});

describe('defaults', () => {
  it('a person without a role has the role of the option, who has one keeps it', async () => {
    const more = [{ plugin: 'role-default-first-role', sortOrder: 45, options: { role: 'Faculty' } }];
    await withMore('handle.user.replace', more, async () => {
      await user('ROLE-1', { userName: 'role-1' });
      await user('ROLE-2', { userName: 'role-2', roles: [{ role: 'Student', primary: true }] });
      expect(await userFields('ROLE-1')).toMatchObject({ roles: [{ role: 'Faculty', primary: true }] });
      expect(await userFields('ROLE-2')).toMatchObject({ roles: [{ role: 'Student', primary: true }] });
    });
  });

  it('an association has the properties of its first section, or is called by its code', async () => {
    await template('PROP-T');
    await offering('PROP-O', 'PROP-T');
    await section('PROP-S1', 'PROP-O', { name: 'First section' });
    await section('PROP-S2', 'PROP-O', { name: 'Second section' });
    const put = (id: string) =>
      north.sis.put(`/sis/v1/section-associations/${id}`, { sections: ['PROP-S1', 'PROP-S2'] });
    const { lmsId } = (await put('PROP-A')).body;
    expect((await lmsUnit(lmsId)).fields).toMatchObject({ name: 'First section' });
    const path = '/api/v1/source-systems/sis/extension-points/handle.section_association.replace';
    const { entries } = (await north.admin.get(path)).body.list as { entries: Entry[] };
    const without = entries.filter(({ plugin }) => plugin !== 'properties-default-first-section');
    await north.admin.put(path, { entries: without.map(({ plugin, sortOrder }) => ({ plugin, sortOrder })) });
    await put('PROP-A');
    expect((await lmsUnit(lmsId)).fields).toMatchObject({ name: 'PROP-A' });
    await north.admin.delete(path);
  });
});

describe('deletes that take along what depends on them', () => {
  const exists = async (path: string) => (await north.sis.get(`/sis/v1/${path}`)).status === 200;

  async function course(id: string, department: string): Promise<void> {
    await template(`${id}-T`, [parent('department', department)]);
    await offering(`${id}-O`, `${id}-T`);
    await section(`${id}-S`, `${id}-O`);
    await user(`${id}-P`, { userName: `${id}-p` });
    await north.sis.put(`/sis/v1/enrollments/${id}-E`, {
      userSourcedId: `${id}-P`,
      orgUnit: { kind: 'section', sourcedId: `${id}-S` },
      roles: [{ role: 'Learner' }],
    });
    expect(await exists(`enrollments/${id}-E`)).toBe(true);
  }
  const left = async (id: string) => ({
    template: await exists(`org-units/${id}-T?kind=template`),
    offering: await exists(`org-units/${id}-O?kind=offering`),
    section: await exists(`org-units/${id}-S?kind=section`),
    enrollment: await exists(`enrollments/${id}-E`),
  });
  const kept = { template: true, offering: true, section: true, enrollment: true };
  const gone = { template: false, offering: false, section: false, enrollment: false };

  it('without the handler a delete leaves the records of others', async () => {
    await course('C0', 'DEP');
    await north.sis.delete('/sis/v1/users/C0-P');
    expect(await left('C0')).toEqual(kept);
  });

  it('a person: the enrollments', async () => {
    await course('C1', 'DEP');
    await withMore('handle.user.delete', [{ plugin: 'cascade-delete-enrollments', sortOrder: 5 }], async () => {
      await north.sis.delete('/sis/v1/users/C1-P');
      expect(await left('C1')).toEqual({ ...kept, enrollment: false });
    });
  });

  it('a department: its templates, and all below them', async () => {
    await course('C2', 'DEP2');
    await withMore(
      'handle.department.delete',
      [{ plugin: 'cascade-delete-course-templates', sortOrder: 5 }],
      async () => {
        await north.sis.delete('/sis/v1/org-units/DEP2?kind=group');
        expect(await left('C2')).toEqual(gone);
      },
    );
  });

  it('an offering: its sections, and their enrollments', async () => {
    await course('C3', 'DEP');
    await withMore(
      'handle.course_offering.delete',
      [{ plugin: 'cascade-delete-dependants', sortOrder: 12 }],
      async () => {
        await north.sis.delete('/sis/v1/org-units/C3-O?kind=offering');
        expect(await left('C3')).toEqual({ ...gone, template: true });
      },
    );
  });
});
