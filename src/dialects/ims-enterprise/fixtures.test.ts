import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../domain/problem.ts';
import { presets } from '../../domain/source-system.ts';
import { translateEnterprise } from './translate.ts';

/**
 * Each folder of test/fixtures/ims-enterprise is one message and what becomes of it:
 * - request.xml: the bytes as a sender sends them
 * - commands.json: `{commands, rejected}`, rejected by their place among all records; or `{refused: {code}}`
 * - reply.xml (some): the report of an empty gateway with preset banner-ilp (test/integration/ims-enterprise.test.ts)
 */
const root = join(import.meta.dirname, '../../../test/fixtures/ims-enterprise');

describe('a message of IMS Enterprise', () => {
  it.each(readdirSync(root).sort())('%s becomes the commands that it means', (name) => {
    const expected: unknown = JSON.parse(readFileSync(join(root, name, 'commands.json'), 'utf8'));
    expect(become(readFileSync(join(root, name, 'request.xml')))).toEqual(expected);
  });

  it('keeps no password and no birth date of any of them', () => {
    const everything = readdirSync(root).map((name) =>
      JSON.stringify(become(readFileSync(join(root, name, 'request.xml')))),
    );
    expect(everything.join()).not.toMatch(/never-kept|1988-02-29|bday/);
  });

  it('holds at most a thousand records, members counted each', () => {
    const members = '<member><sourcedid><id>p</id></sourcedid><role roletype="01"/></member>';
    const message = (count: number) =>
      `<enterprise><membership><sourcedid><id>c</id></sourcedid>${members.repeat(count)}</membership></enterprise>`;
    expect(translateEnterprise(Buffer.from(message(1_000)), undefined, { options: presets.lis }).commands).toHaveLength(
      1_000,
    );
    expect(become(Buffer.from(message(1_001)))).toEqual({ refused: { code: 'payload_too_large' } });
  });
});

function become(request: Buffer): unknown {
  try {
    const { commands, unreadable } = translateEnterprise(request, 'text/xml', { options: presets.lis });
    const rejected = [...unreadable].map(([place, { entity, sourcedId, at, problems }]) => {
      const [problem] = problems;
      return [place, { entity, sourcedId, at, problem: { code: problem?.code, at: problem?.at } }];
    });
    const found = { commands, ...(rejected.length === 0 ? {} : { rejected: Object.fromEntries(rejected) as unknown }) };
    return JSON.parse(JSON.stringify(found));
  } catch (error) {
    if (error instanceof GatewayError) return { refused: { code: error.code } };
    throw error;
  }
}
