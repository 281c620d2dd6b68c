import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Command } from '../../domain/command.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { GatewayError } from '../../domain/problem.ts';
import { presets, type SourceSystemOptions } from '../../domain/source-system.ts';
import { decodeEnvelope } from '../../formats/soap/index.ts';
import { parseXml } from '../../formats/xml/index.ts';
import type { Translation } from '../../pipeline/ports.ts';
import { lis2 } from './endpoints.ts';
import { translateEnvelope } from './index.ts';

/**
 * Each folder of test/fixtures/lis2 is one message and what becomes of it:
 * - request.xml: the bytes as a sender sends them
 * - commands.json: `{operation, commands}`, or `{refused: {code, at}}`
 * - reply.xml (some): the answer to message `r-1`, line breaks between elements aside
 * - outcome.json (some): the part of the Outcome that the answer is made from, where it is not simply done; a list of
 *   them where the message is several commands
 * - options.json (some): the options of the source system, where they are not those of the preset `lis`
 */
const root = join(import.meta.dirname, '../../../test/fixtures/lis2');
const cases = readdirSync(root).sort();

describe('a LIS 2.0 message', () => {
  it.each(cases)('%s becomes the commands that it means', (name) => {
    expect(become(readTranslation(name))).toEqual(json(name, 'commands.json'));
  });

  it.each(cases.filter((name) => existsSync(join(root, name, 'reply.xml'))))('%s is answered strictly', (name) => {
    const reply = readFileSync(join(root, name, 'reply.xml'), 'utf8');
    expect(answer(name)).toBe(reply.trim().replace(/>\s+</g, '><').replace('?><', '?>\n<'));
  });
});

function envelopeOf(name: string) {
  return decodeEnvelope(parseXml(readFileSync(join(root, name, 'request.xml'))));
}

function readTranslation(name: string): Translation | GatewayError {
  try {
    const options = { ...presets.lis, ...(read(name, 'options.json') as Partial<SourceSystemOptions> | undefined) };
    return translateEnvelope(readFileSync(join(root, name, 'request.xml')), 'text/xml', { options });
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

function become(translation: Translation | GatewayError): unknown {
  if (translation instanceof GatewayError) return { refused: { code: translation.code, at: translation.at } };
  const { operation, commands } = translation;
  return JSON.parse(JSON.stringify({ operation, commands }));
}

function answer(name: string): string | undefined {
  const request = { envelope: envelopeOf(name), messageId: 'r-1' };
  const translation = readTranslation(name);
  const result = translation instanceof GatewayError ? translation : outcomesOf(name, translation.commands);
  return lis2('pms').reply(request, result)?.body;
}

function outcomesOf(name: string, commands: readonly Command[]): Outcome[] {
  const given = read(name, 'outcome.json');
  const each = (Array.isArray(given) ? given : [given]) as Partial<Outcome>[];
  return commands.map((command, index) => ({ ...done(command), ...each[index] }));
}

function done({ entity, kind, verb, sourcedId }: Command): Outcome {
  return {
    entity,
    kind,
    verb,
    sourcedId,
    status: verb === 'delete' ? 'deleted' : 'created',
    problems: [],
  };
}

function read(name: string, file: string): unknown {
  return existsSync(join(root, name, file)) ? json(name, file) : undefined;
}

function json(name: string, file: string): unknown {
  return JSON.parse(readFileSync(join(root, name, file), 'utf8'));
}
