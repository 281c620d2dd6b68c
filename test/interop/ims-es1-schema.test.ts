import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';
import { root } from '../e2e/gateway-process.ts';

/** The schemas of IMS Enterprise Services 1.0 itself. They are not ours to publish: they are used where they are found. */
const folder = resolve(root, process.env.PASSERELLE_CONTRACTS ?? '../shared/contracts', 'ims-es1');
const there = existsSync(folder);
if (!there) process.stdout.write(`note: ${folder} is not there; answers are not judged by the schemas of IMS\n`);

const namespace = 'http://www.imsglobal.org/services/gms/xsd/imsGroupManDataSchema_v1p0';
const fixtures = join(root, 'test/fixtures/ims-es1');
const groups = readdirSync(fixtures)
  .filter((name) => existsSync(join(fixtures, name, 'reply.xml')))
  .flatMap((name) => groupsIn(name).map((group, index) => ({ name, index, group })));

(there ? describe : describe.skip)('a group of an answer is valid by the schema of IMS', () => {
  let validator: XsdValidator;
  beforeAll(() => {
    xmlRegisterFsInputProviders();
    validator = XsdValidator.fromDoc(XmlDocument.fromString(schemaOfGroups(), { url: join(folder, 'groups.xsd') }));
  });
  afterAll(() => {
    validator.dispose();
  });

  it.each(groups)('$name, $index', ({ group }) => {
    const document = XmlDocument.fromString(group);
    expect(() => {
      validator.validate(document);
    }).not.toThrow();
    document.dispose();
  });
});

/** The schema has the type of a group and no element; its import stands beside it. */
function schemaOfGroups(): string {
  return readFileSync(join(folder, 'imsGroupManDataSchema_v1p0.xsd'), 'utf8')
    .replace(/schemaLocation\s*=\s*"[^"]*\//, 'schemaLocation="')
    .replace('</xsd:schema>', '<xsd:element name="group" type="GroupDType"/></xsd:schema>');
}

function groupsIn(name: string): string[] {
  const found = readFileSync(join(fixtures, name, 'reply.xml'), 'utf8').match(/<group>[\s\S]*?<\/group>/g) ?? [];
  return found.map((group) => group.replace('<group>', `<group xmlns="${namespace}">`));
}
