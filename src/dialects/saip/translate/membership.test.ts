import { expect, test } from '@jest/globals';
import { parseXml } from '../../../formats/xml/index.ts';
import { oneMemberEach } from './membership.ts';

function idsOf(sourcedId: string, collection: string, people: readonly string[]): string[] {
  const members = people.map((id) => `<members><sourcedId>${id}</sourcedId></members>`).join('');
  const xml = `<membership><CollectionSourcedID>${collection}</CollectionSourcedID>${members}</membership>`;
  const object = parseXml(Buffer.from(xml));
  return oneMemberEach({ sourcedId, object, at: '/membership', quirks: {} }).map((each) => each.sourcedId);
}

test('a member of a section has the same id, however many there are beside', () => {
  expect(idsOf('S1', 'S1', ['P1', 'P2'])).toEqual(['S1-P1', 'S1-P2']);
  expect(idsOf('S1', 'S1', ['P1'])).toEqual(['S1-P1']);
});

test('a membership of one member keeps an id of its own', () => {
  expect(idsOf('M1', 'S1', ['P1'])).toEqual(['M1']);
});
