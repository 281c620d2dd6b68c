import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shippedPoints } from '../../src/app/shipped-plugins.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;
let south: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  south = await world.tenant('south');
});
afterAll(() => world.close());

const replaceUser = '/api/v1/extension-points/handle.user.replace';
const own = '/api/v1/source-systems/sis/extension-points/handle.user.replace';

interface Entry {
  plugin: string;
  sortOrder: number;
  options?: object;
}

/** The shipped list of a point, with more entries put in. */
async function listWith(point: string, ...more: Entry[]): Promise<{ entries: Entry[] }> {
  const { body } = await south.admin.get(`/api/v1/extension-points/${point}`);
  const { entries } = body.list as { entries: Entry[] };
  return { entries: [...entries.map(({ plugin, sortOrder }) => ({ plugin, sortOrder })), ...more] };
}

function reasonCodes(body: unknown): string[] {
  return (body as { reasons: { code: string }[] }).reasons.map(({ code }) => code);
}

describe('extension points', () => {
  it('are listed with their lists, and with the chain that knows senders', async () => {
    const { status, body } = await north.admin.get('/api/v1/extension-points');
    expect(status).toBe(200);
    expect(body.items).toHaveLength(shippedPoints.length + 1);
    expect(body.items[0]).toMatchObject({ name: 'authenticate.inbound', kind: 'authenticate' });
    const point = body.items.find(({ name }) => name === 'handle.user.replace');
    expect(point?.list).toMatchObject({ from: 'shipped', template: 'standard', version: 'shipped', reasons: [] });
  });

  it('hold for the very next message, with no notification in between', async () => {
    const { entries } = await listWith('handle.user.replace');
    const creating = ['create-lms', 'create-declared'];
    const withoutCreating = { entries: entries.filter(({ plugin }) => !creating.includes(plugin)) };
    const statuses: number[] = [];
    for (const list of [withoutCreating, { template: 'standard' }, withoutCreating, undefined]) {
      const put = list === undefined ? await south.admin.delete(own) : await south.admin.put(own, list);
      const path = `/sis/v1/users/next-${statuses.length}`;
      const { status } = await south.sis.put(path, { givenName: 'Nia', familyName: 'Ng' });
      statuses.push(put.status, status);
    }
    expect(statuses).toEqual([200, 404, 200, 201, 200, 404, 204, 201]);
  });

  it('tell their templates and what may stand in them, with the names that IPSIS gives them', async () => {
    const { body, headers } = await north.admin.get(replaceUser);
    expect(headers.get('etag')).toBe('"shipped"');
    const templates = body.templates as { name: string; entries: object[] }[];
    expect(templates.find(({ name }) => name === 'ipsis')?.entries).toContainEqual(
      expect.objectContaining({
        plugin: 'role-default-first-role',
        sortOrder: 40,
        alias: 'ReplaceUserRoleDefaultFirstRoleHandler',
      }),
    );
    expect(body.plugins).toContainEqual(
      expect.objectContaining({
        name: 'user-family-name-no-update',
        alias: 'ReplaceUserLastNameNoUpdateHandler',
        package: 'passerelle',
      }),
    );
    expect((await north.admin.get('/api/v1/extension-points/handle.user.eat')).status).toBe(404);
  });

  it('tell the options of what may stand in them', async () => {
    const { body } = await north.admin.get(replaceUser);
    const plugins = body.plugins as { name: string; takesOptions: boolean; options: object[] }[];
    expect(plugins.find(({ name }) => name === 'role-default-first-role')?.options).toEqual([
      { name: 'role', type: 'text', required: false, description: expect.stringContaining('The SIS role to take') },
    ]);
    expect(plugins.filter(({ takesOptions, options }) => takesOptions !== options.length > 0)).toEqual([]);
  });

  it('of a source system win over those of its organization; deleting gives back what was there before', async () => {
    const put = await north.admin.put(replaceUser, { template: 'ipsis' }, { 'if-match': '"shipped"' });
    expect(put).toMatchObject({ status: 200, body: { from: 'organization', template: 'ipsis' } });
    const stale = await north.admin.put(replaceUser, { template: 'standard' }, { 'if-match': '"shipped"' });
    expect(stale).toMatchObject({ status: 412, body: { code: 'conflict' } });
    expect((await north.admin.get(own)).body.list).toMatchObject({ from: 'organization', template: 'ipsis' });
    await north.admin.put(own, { template: 'standard' });
    expect((await north.admin.get(own)).body.list).toMatchObject({ from: 'source_system', template: 'standard' });
    const all = await north.admin.get('/api/v1/source-systems/sis/extension-points');
    expect(all.body.items).toContainEqual(
      expect.objectContaining({
        name: 'handle.user.replace',
        list: expect.objectContaining({ from: 'source_system' }),
      }),
    );
    expect((await north.admin.delete(own)).status).toBe(204);
    expect((await north.admin.delete(replaceUser)).status).toBe(204);
    expect((await north.admin.get(own)).body.list).toMatchObject({ from: 'shipped' });
    expect((await south.admin.get(own)).body.list).toMatchObject({ from: 'shipped' });
  });

  it.each([
    ['unknown_plugin', { plugin: 'no-such-thing', sortOrder: 45 }],
    ['wrong_point', { plugin: 'copy-course', sortOrder: 45 }],
    ['duplicate_plugin', { plugin: 'validate-base', sortOrder: 51 }],
    ['duplicate_sort_order', { plugin: 'user-email-no-update', sortOrder: 50 }],
    ['wrong_order', { plugin: 'user-email-no-update', sortOrder: 95 }],
    ['base_not_first', { plugin: 'user-email-no-update', sortOrder: 5 }],
    ['invalid_options', { plugin: 'user-email-no-update', sortOrder: 45, options: { hard: true } }],
    ['invalid_options', { plugin: 'role-default-first-role', sortOrder: 45, options: { role: 7 } }],
  ])('refuse a wrong list: %s', async (code, entry) => {
    const answer = await north.admin.put(replaceUser, await listWith('handle.user.replace', entry));
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_plugin_list' } });
    expect(reasonCodes(answer.body)).toContain(code);
    expect((await north.admin.get(replaceUser)).body.list).toMatchObject({ from: 'shipped' });
  });

  it.each([
    ['base_missing', 'handle.user.replace', ['read-declared']],
    ['companion_missing', 'handle.user.replace', ['create-lms']],
    ['required_missing', 'handle.user.replace', ['create-lms', 'create-declared', 'save-lms', 'save-declared']],
    ['required_missing', 'handle.user.delete', ['delete-declared']],
  ])('refuse a list that lacks something: %s at %s without %j', async (code, point, lacks) => {
    const { entries } = await listWith(point);
    const answer = await north.admin.put(`/api/v1/extension-points/${point}`, {
      entries: entries.filter(({ plugin }) => !lacks.includes(plugin)),
    });
    expect(answer.status).toBe(422);
    expect(reasonCodes(answer.body)).toContain(code);
  });

  it.each([
    [{ entries: [{ plugin: 'read-declared', sortOrder: '1' }] }, '/entries/0/sortOrder', 'must be'],
    [{ entries: [{ sortOrder: 1 }] }, '/entries/0/plugin', 'is missing'],
    [
      { entries: Array.from({ length: 5_000 }, (_, n) => ({ plugin: 'x', sortOrder: n })) },
      '/entries',
      'more than 200',
    ],
    [{ entries: Array.from({ length: 5_000 }, () => ({ sortOrder: '1' })) }, '/entries', 'more than 200'],
    [{ sortOrder: '1' }, '', 'either `template` or `entries`'],
  ])('refuse a list of a wrong shape, and say where: %#', async (list, at, words) => {
    const { status, body } = await south.admin.put(own, list);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', at, message: expect.stringContaining(words) });
  });

  it('refuse two plug-ins that exclude each other, and a template that is not there', async () => {
    const both = await listWith('handle.user.delete', { plugin: 'delete-lms', sortOrder: 15 });
    const path = '/api/v1/extension-points/handle.user.delete';
    expect(reasonCodes((await north.admin.put(path, both)).body)).toContain('exclusive_plugins');
    expect(reasonCodes((await north.admin.put(path, { template: 'gone' })).body)).toEqual(['unknown_template']);
  });
});

describe('a message is handled by the list that was put', () => {
  it('a handler that protects a field: it is set once, and then stays', async () => {
    await north.admin.put(
      own,
      await listWith('handle.user.replace', { plugin: 'user-email-no-update', sortOrder: 45 }),
    );
    await north.sis.put('/sis/v1/users/K1', { userName: 'k1', email: 'first@example.edu' });
    await north.sis.put('/sis/v1/users/K1', { userName: 'k1', email: 'second@example.edu', givenName: 'Kim' });
    const { body } = await north.sis.get('/sis/v1/users/K1');
    expect(body.fields).toEqual({ userName: 'k1', email: 'first@example.edu', givenName: 'Kim' });
    await north.admin.delete(own);
  });

  it('a list that does not create refuses what is unknown; one that does not save leaves what is there', async () => {
    const { entries } = await listWith('handle.user.replace');
    const without = (...names: string[]) => ({ entries: entries.filter(({ plugin }) => !names.includes(plugin)) });
    await north.admin.put(own, without('create-lms', 'create-declared'));
    expect(await north.sis.put('/sis/v1/users/N1', { userName: 'n1' })).toMatchObject({
      status: 404,
      body: { code: 'unknown_object', message: expect.stringContaining('may create none') },
    });
    await north.admin.put(own, without('save-lms', 'save-declared'));
    expect((await north.sis.put('/sis/v1/users/N1', { userName: 'n1' })).status).toBe(201);
    expect((await north.sis.put('/sis/v1/users/N1', { userName: 'other' })).body.status).toBe('unchanged');
    expect((await north.sis.get('/sis/v1/users/N1')).body.fields).toEqual({ userName: 'n1' });
    await north.admin.delete(own);
  });

  it('what stands in for what is not stated: the first role, the status', async () => {
    await north.admin.put(own, { template: 'ipsis' });
    await north.sis.put('/sis/v1/users/D1', { userName: 'd1' });
    expect((await north.sis.get('/sis/v1/users/D1')).body.fields).toEqual({
      userName: 'd1',
      active: true,
      roles: [{ role: 'learner', primary: true }],
    });
    await north.admin.delete(own);
  });

  it('a user is deleted in the LMS, inactivated, or left there, as the list says', async () => {
    const path = '/api/v1/source-systems/sis/extension-points/handle.user.delete';
    const stateAfter = async (id: string, list: object) => {
      await north.admin.put(path, list);
      const { lmsId } = (await north.sis.put(`/sis/v1/users/${id}`, { userName: id })).body;
      expect((await north.sis.delete(`/sis/v1/users/${id}`)).status).toBe(200);
      expect((await north.sis.get(`/sis/v1/users/${id}`)).status).toBe(404);
      return (await north.admin.get(`/api/v1/users/${lmsId}`)).body.state;
    };
    expect(await stateAfter('X1', { template: 'delete' })).toBe('deleted');
    expect(await stateAfter('X2', { template: 'inactivate' })).toBe('inactive');
    expect(await stateAfter('X3', { entries: [{ plugin: 'delete-declared', sortOrder: 10 }] })).toBe('active');
    await north.sis.put('/sis/v1/users/X3', { userName: 'X3', givenName: 'Back' });
    expect((await north.sis.get('/sis/v1/users/X3')).body.fields).toEqual({ userName: 'X3', givenName: 'Back' });
    await north.admin.delete(path);
  });
});

describe('org units by their lists', () => {
  const group = (id: string, type: string, more: object = {}) =>
    north.sis.put(`/sis/v1/org-units/${id}?kind=group`, { type, code: id, name: id, ...more });
  const course = (kind: string, type: string) => (id: string, parents: object[]) =>
    north.sis.put(`/sis/v1/org-units/${id}?kind=${kind}`, { type, code: id, name: id, parents });
  const template = course('template', 'CourseTemplate');
  const offering = course('offering', 'CourseOffering');
  const section = course('section', 'CourseSection');
  const parent = (role: string, sourcedId: string, kind = 'group') => ({ role, kind, sourcedId });
  const put = (point: string, list: object) =>
    north.admin.put(`/api/v1/source-systems/sis/extension-points/${point}`, list);

  beforeAll(async () => {
    await group('DEP', 'DEPARTMENT');
    await group('DEP2', 'DEPARTMENT');
    await group('FALL', 'TERM');
    await template('T', [parent('department', 'DEP')]);
    await offering('O', [parent('template', 'T', 'template'), parent('semester', 'FALL')]);
    await section('S', [parent('offering', 'O', 'offering')]);
  });

  it('a template that names no department keeps the one that it has', async () => {
    await put(
      'handle.course_template.replace',
      await listWith('handle.course_template.replace', { plugin: 'retain-existing-department', sortOrder: 15 }),
    );
    expect((await template('T', [])).body.status).toBe('unchanged');
    await template('T', [parent('department', 'DEP2')]);
    const { body } = await north.sis.get('/sis/v1/org-units/T?kind=template');
    expect(body.fields.parents).toEqual([parent('department', 'DEP2')]);
  });

  it('an offering with sections does not move, by the list of IPSIS', async () => {
    await put('handle.course_offering.replace', { template: 'ipsis' });
    const moved = await offering('O', [parent('template', 'T', 'template')]);
    expect(moved).toMatchObject({ status: 409, body: { code: 'has_dependants' } });
    const same = await offering('O', [parent('template', 'T', 'template'), parent('semester', 'FALL')]);
    expect(same.status).toBe(200);
  });

  it('a section waits for its offering, or is refused without it', async () => {
    expect((await section('LATE', [parent('offering', 'NONE', 'offering')])).body.status).toBe('waiting');
    await put('handle.course_section.replace', { template: 'ipsis-sections' });
    expect(await section('LATER', [parent('offering', 'NONE', 'offering')])).toMatchObject({
      status: 404,
      body: { code: 'unknown_object', message: expect.stringContaining('offering') },
    });
    await put('handle.course_section.replace', { template: 'sections' });
  });

  it('sections become groups', async () => {
    await north.admin.put('/api/v1/source-systems/sis/org-unit-type-map/CourseGroup', { type: 'group' });
    await put('handle.course_section.replace', { template: 'groups' });
    const { body } = await section('G1', [parent('offering', 'O', 'offering')]);
    expect(body.status).toBe('created');
    expect((await north.admin.get(`/api/v1/org-units/${body.lmsId}`)).body.type).toBe('group');
    await north.sis.put('/sis/v1/users/GM', { userName: 'gm' });
    const orgUnit = { kind: 'section', sourcedId: 'G1' };
    await north.sis.put('/sis/v1/enrollments/GE', { userSourcedId: 'GM', orgUnit, roles: [{ role: 'Learner' }] });
    const { items } = (await north.admin.get('/api/v1/enrollments?userSourcedId=GM')).body;
    expect(items.map((item) => (item.orgUnit as { type: string }).type).sort()).toEqual(['group', 'offering']);
    await put('handle.course_section.replace', { template: 'sections' });
  });

  it('a delete is refused while there are children, and while an association names the section', async () => {
    await put(
      'handle.department.delete',
      await listWith('handle.department.delete', { plugin: 'refuse-delete-with-children', sortOrder: 5 }),
    );
    expect(await north.sis.delete('/sis/v1/org-units/DEP2?kind=group')).toMatchObject({
      status: 409,
      body: { code: 'has_dependants', message: expect.stringContaining('children') },
    });
    expect((await north.sis.delete('/sis/v1/org-units/DEP?kind=group')).body.status).toBe('deleted');
    await put('handle.course_section.delete', { template: 'ipsis' });
    await north.sis.put('/sis/v1/section-associations/A', { name: 'Both', sections: ['S', 'G1'] });
    expect(await north.sis.delete('/sis/v1/org-units/S?kind=section')).toMatchObject({
      status: 409,
      body: { code: 'has_dependants', message: expect.stringContaining('association') },
    });
  });

  it('an association keeps the history of its sections, where the list says so', async () => {
    await put(
      'handle.section_association.replace',
      await listWith('handle.section_association.replace', { plugin: 'association-history', sortOrder: 120 }),
    );
    await north.sis.put('/sis/v1/section-associations/A', { name: 'Both', sections: ['G1', 'LATE'] });
    const { body } = await north.admin.get('/api/v1/source-systems/sis/associations/A/history');
    expect(body.items).toEqual([expect.objectContaining({ added: ['LATE'], removed: ['S'] })]);
    await north.sis.post('/sis/v1/section-associations/A/rename', { newSourcedId: 'A2' });
    const renamed = await north.admin.get('/api/v1/source-systems/sis/associations/A2/history');
    expect(renamed.body.items).toEqual(body.items);
  });

  it('a semester takes its offerings with it', async () => {
    await put(
      'handle.semester.delete',
      await listWith('handle.semester.delete', { plugin: 'cascade-delete-course-offerings', sortOrder: 5 }),
    );
    expect((await north.sis.delete('/sis/v1/org-units/FALL?kind=group')).body.status).toBe('deleted');
    expect((await north.sis.get('/sis/v1/org-units/O?kind=offering')).status).toBe(404);
  });

  it('an offering stays in the LMS when its record is deleted, by the list of IPSIS', async () => {
    await put('handle.course_offering.delete', { template: 'ipsis' });
    const { lmsId } = (await offering('STAY', [parent('template', 'T', 'template')])).body;
    expect((await north.sis.delete('/sis/v1/org-units/STAY?kind=offering')).body.status).toBe('deleted');
    expect((await north.admin.get(`/api/v1/org-units/${lmsId}`)).body.state).toBe('active');
    expect((await north.sis.delete('/sis/v1/org-units/STAY?kind=offering')).body.status).toBe('unchanged');
  });
});

describe('what is read of a LIS record', () => {
  const person = (id: string, campus: string) =>
    north.sis.post(
      '/lis/pms',
      `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><replacePersonRequest xmlns="http://www.imsglobal.org/services/lis/pms2p0/wsdl11/sync/imspms_v2p0"><sourcedId>${id}</sourcedId><personRecord><sourcedGUID><sourcedId>${id}</sourcedId></sourcedGUID><person>
        <name><nameType><instanceValue><textString>Full</textString></instanceValue></nameType>
          <partName><instanceName><textString>First</textString></instanceName><instanceValue><textString>Ann</textString></instanceValue></partName>
          <partName><instanceName><textString>Last</textString></instanceName><instanceValue><textString>Lee</textString></instanceValue></partName></name>
        <extension><extensionField><fieldName>campus</fieldName><fieldType>String</fieldType><fieldValue>${campus}</fieldValue></extensionField></extension>
      </person></personRecord></replacePersonRequest></Body></Envelope>`,
      { 'content-type': 'text/xml' },
    );

  it('follows the list of steps', async () => {
    await person('L1', 'north');
    expect((await north.sis.get('/sis/v1/users/L1')).body.fields).toMatchObject({
      preferredGivenName: null,
      attributes: { campus: 'north' },
    });
    const path = '/api/v1/source-systems/sis/extension-points/translate.lis2.person';
    expect((await north.admin.put(path, { template: 'ipsis' })).status).toBe(200);
    await person('L1', 'south');
    expect((await north.sis.get('/sis/v1/users/L1')).body.fields).toEqual({
      orgDefinedId: 'L1',
      givenName: 'Ann',
      familyName: 'Lee',
    });
    const { body } = await north.admin.put(path, { entries: [{ plugin: 'lis2-person-names', sortOrder: 10 }] });
    expect(reasonCodes(body)).toContain('base_missing');
    await north.admin.delete(path);
  });
});

describe('a dry run', () => {
  it('says of each step what it would do to the commands of a stored message, and writes nothing', async () => {
    const { body: sent } = await north.sis.put('/sis/v1/users/T1', { email: 'only@example.edu', nickname: 'T' });
    const { body: list } = {
      body: await listWith('handle.user.replace', { plugin: 'user-email-no-update', sortOrder: 45 }),
    };
    const entries = list.entries.map((entry) =>
      entry.plugin === 'user-email-no-update' ? { plugin: 'role-default-first-role', sortOrder: 45 } : entry,
    );
    const { status, body } = await north.admin.post(`${replaceUser}/dry-run`, {
      messageId: sent.messageId,
      list: { entries },
    });
    expect(status).toBe(200);
    const [command] = body.commands as { steps: { plugin: string; after?: object; refusal?: object }[] }[];
    expect(command?.steps.find(({ plugin }) => plugin === 'role-default-first-role')?.after).toMatchObject({
      fields: { roles: [{ role: 'learner', primary: true }] },
    });
    expect(command?.steps.at(-1)).toMatchObject({ plugin: 'validate-base', refusal: { code: 'incomplete_data' } });
    expect((await north.sis.get('/sis/v1/users/T1')).status).toBe(404);
    // A UUID is the same in either case (RFC 9562, section 4).
    const upper = { messageId: sent.messageId.toUpperCase(), list: { entries } };
    expect(await north.admin.post(`${replaceUser}/dry-run`, upper)).toMatchObject({ status: 200, body });
    const foreign = await south.admin.post(`${replaceUser}/dry-run`, { messageId: sent.messageId });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const wrong = await north.admin.post(`${replaceUser}/dry-run`, {
      messageId: sent.messageId,
      list: { entries: [] },
    });
    expect(reasonCodes(wrong.body)).toContain('base_missing');
  });

  it('says what would become of what is left, by what is there, and writes nothing', async () => {
    const { body: sent } = await north.sis.put('/sis/v1/users/T2', { userName: 't2', givenName: 'Tess' });
    expect((await north.sis.delete('/sis/v1/users/T2')).status).toBe(200);
    const { entries } = await listWith('handle.user.replace');
    const outcomeWith = async (...without: string[]) => {
      const list = { entries: entries.filter(({ plugin }) => !without.includes(plugin)) };
      const { body } = await north.admin.post(`${replaceUser}/dry-run`, { messageId: sent.messageId, list });
      return (body.commands as { outcome?: object }[])[0]?.outcome;
    };
    expect(await outcomeWith()).toEqual({ status: 'created', problems: [] });
    expect(await outcomeWith('create-lms', 'create-declared')).toMatchObject({
      status: 'rejected',
      problems: [{ code: 'unknown_object' }],
    });
    expect((await north.sis.get('/sis/v1/users/T2')).status).toBe(404);
  });

  it('runs what nobody can take out of a list', async () => {
    const { body: sent } = await north.sis.put('/sis/v1/users/T3', { userName: 'x'.repeat(1_025) });
    const { body } = await north.admin.post(`${replaceUser}/dry-run`, { messageId: sent.messageId });
    const [command] = body.commands as { steps: object[] }[];
    expect(command?.steps.at(-1)).toMatchObject({ plugin: 'limit-lengths', refusal: { code: 'value_too_long' } });
  });

  it('is withheld like the bodies of messages', async () => {
    const { body: sent } = await north.sis.put('/sis/v1/users/T4', { userName: 't4' });
    await north.admin.put('/api/v1/variables/tool.message-bodies', { value: false });
    const answer = await north.admin.post(`${replaceUser}/dry-run`, { messageId: sent.messageId });
    await north.admin.put('/api/v1/variables/tool.message-bodies', { value: null });
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
