import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import type { Command } from '../../../domain/command.ts';
import type { DeclaredRecord, Outcome } from '../../../domain/outcome.ts';
import { findOperation, services } from './services.ts';
import { responseContent } from '../reply/response.ts';
import { writeReply } from '../reply/write-reply.ts';
import { writeSchema } from './description.ts';

const fixtures = join(import.meta.dirname, '../../../../test/fixtures/lis2');
const validators = new Map(
  Object.values(services).map((service) => [
    service.namespace,
    XsdValidator.fromDoc(XmlDocument.fromString(writeSchema(service))),
  ]),
);

/** What the schemas that we publish say of the header and the body of a message. */
function mistakes(envelope: string): string[] {
  const parts = envelope.match(/<(\w+) xmlns="[^"]+"(?:\/>|>.*?<\/\1>)/gs) ?? [];
  return parts.flatMap((part) => {
    const validator = validators.get(/xmlns="([^"]+)"/.exec(part)?.[1] ?? '');
    const document = XmlDocument.fromString(part);
    try {
      validator?.validate(document);
      return validator === undefined ? ['no schema'] : [];
    } catch (error) {
      return [String(error)];
    } finally {
      document.dispose();
    }
  });
}

const commands = readdirSync(fixtures)
  .map(
    (name) =>
      JSON.parse(readFileSync(join(fixtures, name, 'commands.json'), 'utf8')) as {
        operation: string;
        commands?: Command[];
      },
  )
  .flatMap(({ operation, commands: [command] = [] }) =>
    command?.verb === 'replace' && operation.startsWith('replace') ? [{ operation, command }] : [],
  );

describe('by the schemas that we publish', () => {
  it.each([
    'banner-replace-membership',
    'banner-replace-term',
    'banner-delete-section',
    'ladok-replace-offering',
    'd2l-read-template',
    'latin-1',
  ])('the request %s is valid', (name) => {
    const request = readFileSync(join(fixtures, name, 'request.xml'), 'latin1');
    expect(mistakes(request.replaceAll(':ns0', '').replaceAll('ns0:', ''))).toEqual([]);
  });

  it.each(commands.map(({ operation, command }) => [`${operation} ${command.sourcedId}`, operation, command] as const))(
    'what is read back after %s is valid',
    (_, replace, command) => {
      const operation = replace.replace('replace', 'read');
      const record = {
        entity: command.entity,
        kind: command.kind,
        sourcedId: command.sourcedId,
        fields: command.fields,
      } as DeclaredRecord;
      const { service } = findOperation(operation)!;
      const status = {
        codeMajor: 'success',
        severity: 'warning',
        codeMinor: 'partialdatastorage',
        description: 'It waits.',
      } as const;
      const to = { version: '1.1', service, operation, namespace: '', requestId: '1', messageId: 'm' } as const;
      const outcome = { ...record, verb: 'read', status: 'read', problems: [], record } as Outcome;
      const { body } = writeReply(to, status, responseContent(to, [outcome]));
      expect(body).toContain(`<sourcedId>${command.sourcedId.replace('&', '&amp;')}</sourcedId>`);
      expect(mistakes(body)).toEqual([]);
    },
  );

  it('what is not in order is not valid', () => {
    const { namespace } = services.mms;
    expect(
      mistakes(
        `<replaceMembershipRequest xmlns="${namespace}"><membershipRecord/><sourcedId>1</sourcedId></replaceMembershipRequest>`,
      ),
    ).toEqual([expect.stringContaining('not expected')]);
  });
});
