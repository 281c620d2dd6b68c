import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import soap, { type Client } from 'soap';
import { saipServices } from '../../src/dialects/saip/index.ts';
import { callWith, type ForeignAnswer } from '../e2e/foreign-client.ts';
import { root } from '../e2e/gateway-process.ts';
import { fileIn } from '../e2e/saip-world.ts';
import { type ApiWorld, createApiWorld } from '../integration/api-set-up.ts';
import { partsOf } from '../soap/published-schemas.ts';
import { visitorOf } from '../integration/soap-visitor.ts';

/** The WSDLs and schemas of PeopleSoft itself. They are not ours to publish: they are used where they are found. */
const folder = resolve(root, process.env.PASSERELLE_CONTRACTS ?? '../shared/contracts', 'peoplesoft-saip');
const there = existsSync(folder);
if (!there) process.stdout.write(`note: ${folder} is not there; no client is made of the WSDLs of PeopleSoft\n`);
const withContracts = there ? describe : describe.skip;

const services = { pms: 'Person', gms: 'Group', mms: 'Membership', cms: 'Course' } as const;
type Code = keyof typeof services;
const codes = Object.keys(services) as Code[];
const contract = (code: Code, kind: 'wsdl' | 'xsd'): string =>
  readFileSync(join(folder, `${services[code]}ManagementService.${kind}`), 'latin1');

withContracts('the operations that PeopleSoft has', () => {
  it.each(codes)('of the service %s are all in our own description of it', (code) => {
    const theirs = [...contract(code, 'wsdl').matchAll(/<wsdl:operation name="(\w+)"/g)].map(([, name]) => name);
    const ours = saipServices[code].managers.flatMap(({ operations }) => operations.map(({ name }) => name));
    expect(theirs.length).toBeGreaterThan(20);
    expect([...new Set(theirs)].filter((name) => !ours.includes(name ?? ''))).toEqual([]);
  });
});

withContracts('a client made of the WSDLs of PeopleSoft', () => {
  let world: ApiWorld;
  let place: string;
  const clients = new Map<Code, Client>();

  beforeAll(async () => {
    world = await createApiWorld();
    const tenant = await world.tenant('peoplesoft');
    const sis = await visitorOf(world, tenant);
    await sis.post('/saip/cms', readFileSync(join(root, 'test/fixtures/saip/create-section-association/request.xml')));
    await sis.post('/saip/pms', readFileSync(join(root, 'test/fixtures/saip/create-person/request.xml')));
    await sis.post('/saip/gms', readFileSync(join(root, 'test/fixtures/saip/create-group-department/request.xml')));
    await sis.post('/saip/mms', readFileSync(join(root, 'test/fixtures/saip/create-membership/request.xml')));
    const { body } = await tenant.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'wsdl' });
    place = await mkdtemp(join(tmpdir(), 'passerelle-wsdl-'));
    for (const code of codes) {
      const client = await soap.createClientAsync(await written(place, code), {
        endpoint: `${world.url}/saip/${code}`,
      });
      client.setSecurity(new soap.WSSecurity('wsdl', body.secret, { hasTimeStamp: false }));
      clients.set(code, client);
    }
  }, 60_000);
  afterAll(async () => {
    await world.close();
    await rm(place, { recursive: true });
  });

  const call = (code: Code, operation: string, parameters: object): Promise<ForeignAnswer> =>
    callWith(clients.get(code), operation, parameters);

  /** Only the reads of several have messages in these WSDLs, and one of them an element that no schema declares. */
  it.each([
    ['pms', 'readPersons', {}, '<person>'],
    ['pms', 'readPersonsFromSavePoint', { fromSavePoint: '2026-01-01T00:00:00' }, '<person>'],
    ['gms', 'readGroups', {}, '<group>'],
    ['gms', 'readGroupsFromSavePoint', { fromSavePoint: '2026-01-01T00:00:00' }, '<group>'],
    ['mms', 'readMemberships', {}, '<membership>'],
    ['mms', 'readMembershipsFromSavePoint', { fromSavePoint: '2026-01-01T00:00:00' }, '<membership>'],
    ['cms', 'readSectionAssociations', {}, '<sectionAssociation>'],
    ['cms', 'readCourseTemplates', {}, '<enterprise'],
    ['cms', 'readCourseOfferings', {}, '<enterprise'],
    ['cms', 'readCourseSections', {}, '<enterprise'],
  ] as const)('of %s calls %s and gets its file', async (code, operation, parameters, element) => {
    const answer = await call(code, operation, parameters);
    expect(answer.status).toBe('success/status/fullsuccess');
    expect(fileIn(answer)).toContain(element);
  });
});

withContracts('our answers are valid by the schemas of PeopleSoft', () => {
  const fixtures = join(root, 'test/fixtures/saip');
  const names = readdirSync(fixtures).filter((name) => existsSync(join(fixtures, name, 'reply.xml')));
  const validators = new Map<string, XsdValidator>();
  beforeAll(() => {
    for (const code of there ? codes : [])
      validators.set(saipServices[code].namespace, XsdValidator.fromDoc(XmlDocument.fromString(contract(code, 'xsd'))));
  });
  afterAll(() => {
    for (const validator of validators.values()) validator.dispose();
  });

  it.each(names)('that of %s', (name) => {
    const reply = readFileSync(join(fixtures, name, 'reply.xml'), 'utf8');
    for (const part of partsOf(reply)) {
      if (!isDeclared(part)) continue;
      const validator = validators.get(/xmlns="([^"]+)"/.exec(part)?.[1] ?? '');
      const document = XmlDocument.fromString(part);
      try {
        validator?.validate(document);
      } finally {
        document.dispose();
      }
    }
    expect(validators.size).toBe(4);
  });
});

/** Not every operation of the WSDLs has messages in the schemas. */
function isDeclared(part: string): boolean {
  const [, name = ''] = /^<(\w+)/.exec(part) ?? [];
  return codes.some((code) => contract(code, 'xsd').includes(`<xs:element name="${name}"`));
}

/** The WSDL, with its schema beside it under each of the names that it imports. */
async function written(place: string, code: Code): Promise<string> {
  const [wsdl, schema] = [contract(code, 'wsdl'), contract(code, 'xsd')];
  const own = join(place, code);
  await mkdir(own);
  for (const [, file = ''] of wsdl.matchAll(/schemaLocation="([\w.]+)"/g)) await writeFile(join(own, file), schema);
  const path = join(own, 'service.wsdl');
  await writeFile(path, wsdl);
  return path;
}
