import { translateEnterprise } from '../../src/dialects/ims-enterprise/translate.ts';
import { translateStoredEs1 } from '../../src/dialects/ims-es1/index.ts';
import { translateStoredSaip } from '../../src/dialects/saip/index.ts';
import { lis2Record, translateEnvelope } from '../../src/dialects/lis2/index.ts';
import { sisRest } from '../../src/dialects/sis-rest/index.ts';
import { decodeEnvelope } from '../../src/formats/soap/index.ts';
import { parseXml, parseXmlFragments } from '../../src/formats/xml/index.ts';
import { redactXml } from '../../src/http/redaction/redact-xml.ts';
import { presets } from '../../src/domain/source-system.ts';
import type { Command } from '../../src/domain/command.ts';
import type { Message, SourceSystem } from '../../src/pipeline/ports.ts';

/** Something that strangers' bytes reach. */
export interface Target {
  readonly name: string;
  /** Of the inputs that are made for it. */
  readonly grammar: 'xml' | 'json';
  /** A folder of test/fixtures whose requests are varied; without one, those of all XML dialects. */
  readonly fixtures?: string;
  /** The commands that it makes, if it makes any. Refuses by GatewayError alone. */
  run(bytes: Buffer): readonly Command[] | undefined;
}

const source = { options: presets['banner-ilp'] } as SourceSystem;

/** Every translator stands here; a dialect joins by one line. */
export const targets: readonly Target[] = [
  { name: 'xml', grammar: 'xml', run: (bytes) => void parseXml(bytes) },
  { name: 'xml-fragments', grammar: 'xml', run: (bytes) => void parseXmlFragments(bytes) },
  { name: 'xml-redaction', grammar: 'xml', run: (bytes) => void redactXml(bytes) },
  { name: 'soap-envelope', grammar: 'xml', fixtures: 'lis2', run: (bytes) => void decodeEnvelope(parseXml(bytes)) },
  dialect('lis2', (bytes) => translateEnvelope(bytes, 'text/xml', source).commands),
  dialect('lis2-record', (bytes) => lis2Record().translateStored(bytes, 'text/xml', source).commands),
  dialect('saip', (bytes) => translateStoredSaip(bytes, 'text/xml', source).commands),
  dialect('ims-es1', (bytes) => translateStoredEs1(bytes, 'text/xml', source).commands),
  dialect('ims-enterprise', (bytes) => translateEnterprise(bytes, 'text/xml', source).commands),
  { name: 'sis-rest-messages', grammar: 'json', run: (bytes) => rest(bytes, 'POST', '/sis/v1/messages') },
  { name: 'sis-rest-user', grammar: 'json', run: (bytes) => rest(bytes, 'PUT', '/sis/v1/users/P-1') },
  {
    name: 'sis-rest-org-unit',
    grammar: 'json',
    run: (bytes) => rest(bytes, 'PUT', '/sis/v1/org-units/U-1?kind=section'),
  },
  { name: 'sis-rest-enrollment', grammar: 'json', run: (bytes) => rest(bytes, 'PATCH', '/sis/v1/enrollments/E-1') },
];

function dialect(name: string, run: Target['run']): Target {
  return { name, grammar: 'xml', fixtures: name, run };
}

function rest(body: Buffer, method: string, path: string): readonly Command[] {
  const message: Message = {
    id: 'fuzz',
    receivedAt: new Date(0),
    door: 'rest',
    method,
    path,
    headers: { 'content-type': 'application/json' },
    body,
    remote: { address: '127.0.0.1', loopback: true, secure: true },
  };
  return sisRest.translate(message).commands;
}
