import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../domain/problem.ts';
import { presets } from '../../domain/source-system.ts';
import type { SourceSystem } from '../../pipeline/ports.ts';
import { lis2Record } from './index.ts';

/**
 * Each folder of test/fixtures/lis2-record is one record without an envelope (request.xml) and the command that it means
 * (commands.json: `{operation, commands}`, or `{refused: {code, at}}`).
 */
const root = join(import.meta.dirname, '../../../test/fixtures/lis2-record');

describe('a bare record of LIS 2.0', () => {
  it.each(readdirSync(root).sort())('%s becomes the command that it means', (name) => {
    const expected: unknown = JSON.parse(readFileSync(join(root, name, 'commands.json'), 'utf8'));
    expect(become(readFileSync(join(root, name, 'request.xml')))).toEqual(expected);
  });
});

function become(request: Buffer): unknown {
  try {
    const { operation, commands } = lis2Record().translateStored(request, 'application/xml', {
      options: presets.lis,
    } as SourceSystem);
    return JSON.parse(JSON.stringify({ operation, commands }));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { refused: { code: error.code, ...(error.at === undefined ? {} : { at: error.at }) } };
  }
}
