import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Command, ReplaceCommand } from '../../../domain/command.ts';
import type { DeclaredRecord } from '../../../domain/outcome.ts';
import { decodeEnvelope } from '../../../formats/soap/index.ts';
import { parseXml } from '../../../formats/xml/index.ts';
import { services } from '../contract/services.ts';
import { translate } from '../translate/translate.ts';
import { inSchemaOrder } from './tree.ts';
import { writeReply } from './write-reply.ts';

const root = join(import.meta.dirname, '../../../../test/fixtures/lis2');
const replaced = readdirSync(root)
  .map((name) => JSON.parse(readFileSync(join(root, name, 'commands.json'), 'utf8')) as { commands?: Command[] })
  .flatMap(({ commands = [] }) => commands)
  .filter((command) => command.verb === 'replace');

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
  const to = {
    version: '1.1',
    service: services.mms,
    operation: 'readIt',
    namespace: 'urn:x',
    requestId: '1',
    messageId: 'm',
  } as const;
  const { children } = decodeEnvelope(parseXml(Buffer.from(writeReply(to, status, record).body))).body;
  const object = children[0]!.name.replace(/Record$/, '').replace(/^./, (first) => first.toUpperCase());
  const [command] = translate({
    name: `replace${object}Request`,
    namespace: '',
    attributes: {},
    children,
    text: '',
  }).commands;
  return command as ReplaceCommand;
}

/** A reply cannot tell "stated as empty" from "not stated", and gives a group without a short description its name for one. */
function comparable({ entity, kind, sourcedId, fields }: ReplaceCommand): unknown {
  const stated = Object.entries(fields).filter(([name, value]) => value !== null && name !== 'shortName');
  return { entity, kind, sourcedId, fields: Object.fromEntries(stated) };
}
