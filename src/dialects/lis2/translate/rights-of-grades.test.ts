import { describe, expect, it } from '@jest/globals';
import type { Right } from '../../../domain/rights.ts';
import { presets } from '../../../domain/source-system.ts';
import { parseXml } from '../../../formats/xml/index.ts';
import { translate } from './translate.ts';

describe('the Outcomes service', () => {
  it.each([
    ['readResults', 'grades.read', 'grades.write'],
    ['readResultIdsForLineItemsWithLineItemType', 'grades.read', 'grades.write'],
    ['replaceResult', 'grades.write', 'grades.read'],
    ['deleteLineItem', 'grades.write', 'grades.read'],
  ] as const)('%s needs the right %s', (operation, needed, other) => {
    expect(refusal(operation, [needed])).toEqual({
      code: 'unauthorized_request',
      message: expect.stringContaining(`lacks the right ${needed},`),
    });
    expect(refusal(operation, [other])).toMatchObject({ code: 'unsupported_operation' });
  });

  it('is the only one that asks for rights of grades', () => {
    expect(refusal('discoverPersonIds', ['grades.read', 'grades.write'])?.code).not.toBe('unauthorized_request');
  });
});

function refusal(operation: string, withheldRights: Right[]): { code?: unknown; message?: unknown } | undefined {
  const body = parseXml(Buffer.from(`<${operation}Request><sourcedId>X</sourcedId></${operation}Request>`));
  try {
    translate(body, { options: { ...presets.lis, withheldRights } });
    return undefined;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    return { code, message };
  }
}
