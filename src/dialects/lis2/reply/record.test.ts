import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Command, ReplaceCommand } from '../../../domain/command.ts';
import type { WireKind } from '../../../domain/entities.ts';
import type { DeclaredRecord, Outcome } from '../../../domain/outcome.ts';
import { presets } from '../../../domain/source-system.ts';
import { decodeEnvelope } from '../../../formats/soap/index.ts';
import { parseXml } from '../../../formats/xml/index.ts';
import { findOperation, services } from '../contract/services.ts';
import { translate } from '../translate/translate.ts';
import { inSchemaOrder } from '../../../formats/wsdl/index.ts';
import { responseContent } from './response.ts';
import { writeReply } from './write-reply.ts';

const root = join(import.meta.dirname, '../../../../test/fixtures/lis2');
/** Those of a source system with habits of its own are answered as they were understood, not as they were written. */
const replaced = readdirSync(root)
  .filter((name) => !existsSync(join(root, name, 'options.json')))
  .map((name) => JSON.parse(readFileSync(join(root, name, 'commands.json'), 'utf8')) as { commands?: Command[] })
  .flatMap(({ commands = [] }) => commands)
  .filter((command) => command.verb === 'replace')
  .filter(({ allocate, copyOf }) => allocate === undefined && copyOf === undefined);

describe('a record that is read back', () => {
  it.each(replaced.map((command) => [`${command.kind} ${command.sourcedId}`, command] as const))(
    'says what was declared of %s',
    (_, command) => {
      const record = {
        entity: command.entity,
        kind: command.kind,
        sourcedId: command.sourcedId,
        fields: command.fields,
      } as DeclaredRecord;
      expect(comparable(readBack(record))).toEqual(comparable(command));
    },
  );

  it('is written in schema order, whatever the order of its values; a value that the schema does not know is a mistake', () => {
    const names = inSchemaOrder(services.mms, 'Membership', {
      member: {},
      membershipIdType: 'group',
      collectionSourcedId: 'c',
    }).map(({ name }) => name);
    expect(names).toEqual(['collectionSourcedId', 'membershipIdType', 'member']);
    expect(() => inSchemaOrder(services.mms, 'Membership', { colour: 'red' })).toThrow('no element colour');
    expect(() => inSchemaOrder(services.mms, 'Rainbow', {})).toThrow('no type Rainbow');
  });
});

/** Answers a read with the record, and sends that record as a replace. */
function readBack(record: DeclaredRecord): ReplaceCommand {
  const status = { codeMajor: 'success', severity: 'status', codeMinor: 'fullsuccess', description: '' } as const;
  const object = objects[record.kind];
  const { service } = findOperation(`read${object}`)!;
  const operation = `read${object}`;
  const to = { version: '1.1', service, operation, namespace: 'urn:x', requestId: '1', messageId: 'm' } as const;
  const outcome = { ...record, verb: 'read', status: 'read', problems: [], record } as Outcome;
  const reply = writeReply(to, status, responseContent(to, [outcome])).body;
  const { children } = decodeEnvelope(parseXml(Buffer.from(reply))).body;
  const body = { name: `replace${object}Request`, namespace: '', attributes: {}, children, text: '' };
  const [command] = translate(body, { options: presets.lis }).commands;
  return command as ReplaceCommand;
}

const objects: Record<WireKind, string> = {
  person: 'Person',
  group: 'Group',
  template: 'CourseTemplate',
  offering: 'CourseOffering',
  section: 'CourseSection',
  association: 'SectionAssociation',
  membership: 'Membership',
};

/** A reply cannot tell "stated as empty" from "not stated", and gives a group without a short description its name for one. */
function comparable({ entity, kind, sourcedId, fields }: ReplaceCommand): unknown {
  const stated = Object.entries(fields).filter(([name, value]) => value !== null && name !== 'shortName');
  return { entity, kind, sourcedId, fields: Object.fromEntries(stated) };
}
