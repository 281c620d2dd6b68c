import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Command } from '../../domain/command.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { Message } from '../../pipeline/ports.ts';
import { restOutcome } from './reply.ts';
import { operationOf } from './rest-translation.ts';
import { translateRest } from './translate.ts';

/**
 * Each folder of test/fixtures/sis-rest is one call and what becomes of it:
 * - request.http: the request line, the headers, an empty line, the body
 * - commands.json: `{operation, commands}`, with `unreadable` by position; or `{refused: {code, at, field}}`
 * - reply.json (some): what is answered of each command where it is done, or of what outcome.json says
 */
const root = join(import.meta.dirname, '../../../test/fixtures/sis-rest');
const cases = readdirSync(root).sort();

describe('a call of the REST door', () => {
  it.each(cases)('%s becomes the commands that it means', (name) => {
    expect(plain(become(messageOf(name)))).toEqual(json(name, 'commands.json'));
  });

  it.each(cases.filter((name) => existsSync(join(root, name, 'reply.json'))))('%s is answered', (name) => {
    const { commands } = translateRest(messageOf(name));
    const given = existsSync(join(root, name, 'outcome.json')) ? json(name, 'outcome.json') : {};
    const answers = commands.map((command) => restOutcome({ ...done(command), ...(given as Partial<Outcome>) }));
    expect(plain(answers)).toEqual(json(name, 'reply.json'));
  });
});

function messageOf(name: string): Message {
  const [head = '', ...body] = readFileSync(join(root, name, 'request.http'), 'utf8').split('\n\n');
  const [line = '', ...headers] = head.trim().split('\n');
  const [method = '', path = ''] = line.split(' ');
  return {
    id: 'r-1',
    receivedAt: new Date(0),
    door: 'rest',
    method,
    path,
    headers: Object.fromEntries(
      headers.map((header) => {
        const [key = '', ...value] = header.split(': ');
        return [key.toLowerCase(), value.join(': ')];
      }),
    ),
    body: Buffer.from(body.join('\n\n')),
    remote: { address: '192.0.2.7', loopback: false, secure: true },
  };
}

function become(message: Message): unknown {
  try {
    const { commands, unreadable } = translateRest(message);
    const operation = operationOf(message);
    return unreadable.size === 0
      ? { operation, commands }
      : { operation, commands, unreadable: Object.fromEntries(unreadable) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, at, field } = error;
    return { refused: { code, at, field } };
  }
}

function done({ entity, kind, verb, sourcedId }: Command): Outcome {
  return { entity, kind, verb, sourcedId, status: verb === 'delete' ? 'deleted' : 'created', problems: [] };
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function json(name: string, file: string): unknown {
  return JSON.parse(readFileSync(join(root, name, file), 'utf8'));
}
