import { expect, test } from '@jest/globals';
import { parseXml } from '../../xml/index.ts';
import { readsOfSet } from './reads-of-set.ts';
import { targets } from './request.ts';

function idsOf(sets: string): unknown {
  const body = parseXml(Buffer.from(`<readPersonsRequest>${sets}</readPersonsRequest>`));
  const commands = readsOfSet(targets.Person)({ body, quirks: {} });
  return [commands].flat().map((command) => (command as { sourcedId: string }).sourcedId);
}

const filled = '<sourcedIdSet><sourcedId>A</sourcedId><sourcedId>B</sourcedId></sourcedIdSet>';

test.each([
  filled,
  `<sourcedIdSet/>${filled}`,
  `${filled}<sourcedIdSet/>`,
  `<sourceIdSet> </sourceIdSet>${filled}`,
  `<sourcedIdSet/>${filled.replaceAll('sourcedIdSet', 'sourceIdSet')}`,
])('an empty set beside the filled one says nothing: %s', (sets) => {
  expect(idsOf(sets)).toEqual(['A', 'B']);
});

test('of two sets none is lost, and an empty one names nothing', () => {
  expect(() => idsOf(filled + filled)).toThrow(expect.objectContaining({ code: 'invalid_data' }));
  expect(() => idsOf('<sourcedIdSet/>')).toThrow(expect.objectContaining({ code: 'incomplete_data' }));
});
