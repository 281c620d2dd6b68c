import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { root } from '../e2e/gateway-process.ts';
import { type ApiWorld, createApiWorld } from '../integration/api-set-up.ts';
import { statusOf, type Visitor, visitorOf } from '../integration/soap-visitor.ts';

/** Messages and snapshots as PeopleSoft makes them. They are not ours to publish: they are used where they are found. */
const folder = resolve(root, process.env.PASSERELLE_INTEROP ?? '../shared/interop', 'peoplesoft-saip');
const there = existsSync(folder);
if (!there) process.stdout.write(`note: ${folder} is not there; the messages of PeopleSoft are not sent\n`);
const withMessages = there ? describe : describe.skip;
const files = (of: string): string[] => (there ? readdirSync(of).filter((name) => name.endsWith('.xml')) : []).sort();

const done = 'success / status / fullsuccess';
const waits = 'success / warning / partialdatastorage';
const wasNotThere = 'success / warning / unknownobject';

let world: ApiWorld;
let sis: Visitor;

async function begin(code: string): Promise<Visitor> {
  const tenant = await world.tenant(code);
  const editor = { organizationId: tenant.id, actor: 'test' };
  await world.administration.orgUnitTypes.create(editor, { code: 'institute', name: 'Institute', base: 'other' });
  const { items } = (await tenant.admin.get('/api/v1/source-systems/sis/org-unit-type-map')).body;
  const mapped = items.map(({ sisType, type }) => ({ sisType: String(sisType), type: String(type) }));
  const entries = [...mapped, { sisType: 'INSTITUTE', type: 'institute' }];
  await world.administration.orgUnitTypeMaps.replace(editor, 'sis', entries, {});
  return visitorOf(world, tenant);
}

beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.close());

const addresses: readonly (readonly [RegExp, string])[] = [
  [/Person/i, '/saip/pms'],
  [/Group/i, '/saip/gms'],
  [/Membership/i, '/saip/mms'],
  [/Course|Section/i, '/saip/cms'],
];

function addressOf(name: string): string {
  return addresses.find(([word]) => word.test(name))?.[1] ?? '/saip/cms';
}

const read = (name: string): string => readFileSync(join(folder, name), 'latin1');

withMessages('the events of PeopleSoft, in envelopes', () => {
  beforeAll(async () => {
    sis = await begin('events');
  });

  /** In the order of their names the creations come before the deletes, and many things before what they need. */
  test.each(files(folder))('%s is taken', async (name) => {
    const body = read(name).replace(/<\?xml[^>]*\?>/, '');
    const status = statusOf(await sis.send(addressOf(name), body));
    // Course templates and groups need nothing; the deletes are of what was never sent, but for two.
    if (name.startsWith('Delete')) expect([done, wasNotThere]).toContain(status);
    else expect([done, waits]).toContain(status);
    expect(status).toBe(expected(name));
  });

  test('become what the LMS sees', async () => {
    const [term] = await sis.units('GLAKE-UGRD-0590');
    expect(term).toMatchObject({ type: 'semester', state: 'active', fields: { startsAt: '2007-08-30T00:00:00.000Z' } });
    const [template] = await sis.units('003274-1');
    expect(template).toMatchObject({ type: 'template', state: 'active' });
    const [offering] = await sis.units('003274-1-0590-1-1');
    expect(offering).toMatchObject({ type: 'offering', fields: { endsAt: '2007-12-12T00:00:00.000Z' } });
    expect(await sis.units('003274-2')).toMatchObject([{ state: 'deleted' }]);
    expect(await sis.units('GLAKE-ACCOUNTING')).toMatchObject([{ state: 'deleted' }]);
    expect(await sis.units('PSUNV-ACCT-MGMT')).toMatchObject([{ type: 'department', state: 'active' }]);
    for (const id of ['CC0002', 'SR0426', 'CCCG0000']) expect(await sis.users(id)).toMatchObject([{ state: 'active' }]);
    expect(await sis.users('CCCG0000')).toMatchObject([{ fields: { email: 'CCCG0000@yahoo.com' } }]);
    expect(JSON.stringify(await sis.users('CCCG0000'))).not.toContain('1980-01-01');
  });
});

withMessages('the snapshots of PeopleSoft, as they stand in their files', () => {
  beforeAll(async () => {
    sis = await begin('snapshots');
  });

  const snapshots = there ? join(folder, 'snapshot') : folder;
  test.each(files(snapshots))('%s is taken', async (name) => {
    const status = statusOf(await sis.post(addressOf(name), readFileSync(join(snapshots, name))));
    // Its sections name no offering; its memberships name sections under ids that no file has.
    const incomplete = /SECTIONS|MEMBERSHIPS/.test(basename(name));
    expect(status).toBe(incomplete ? waits : done);
  });

  test('become what the LMS sees', async () => {
    expect(await sis.units('001205')).toMatchObject([
      { type: 'template', state: 'active', fields: { name: 'History of World Art' } },
    ]);
    expect(await sis.units('PSUNV')).toMatchObject([{ type: 'institute', state: 'active' }]);
    expect(await sis.units('FINANC_AUS')).toMatchObject([{ type: 'department', fields: { shortName: 'Dept Fin' } }]);
    expect(await sis.users('0012')).toMatchObject([{ state: 'active', fields: { familyName: 'Forbes' } }]);
    expect(await sis.enrollments('0012')).toEqual([]);
  });
});

function expected(name: string): string {
  const [verb = ''] = /^(?:Create|Update|Replace|Delete)/.exec(name) ?? [];
  if (verb === 'Delete') return /DeleteCourseTemplate_003274-2|DeleteGroup/.test(name) ? done : wasNotThere;
  return /^(?:Create|Replace)Person|Group|Template/.test(name) ? done : waits;
}
