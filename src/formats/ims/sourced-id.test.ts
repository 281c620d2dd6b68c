import { expect, it } from '@jest/globals';
import { presets } from '../../domain/source-system.ts';
import { parseXml } from '../xml/index.ts';
import { onlyId, sourcedIdOf } from './sourced-id.ts';

const { quirks } = presets.lis;

function read(inside: string): string | undefined {
  const parent = parseXml(Buffer.from(`<r>${inside}</r>`));
  return sourcedIdOf(onlyId(parent, '/r/id', 'id', 'iD'), '/r/id', quirks);
}

it('a sourcedId has 1,024 bytes, of which a letter may take several', () => {
  expect(read(`<id>${'x'.repeat(1024)}</id>`)).toHaveLength(1024);
  expect(read(`<id>${'ü'.repeat(512)}</id>`)).toHaveLength(512);
  expect(() => read(`<id>${'ü'.repeat(513)}</id>`)).toThrow(
    'A sourcedId has at most 1024 bytes of UTF-8: /r/id has 1026. Shorten it in the SIS.',
  );
});

it.each([
  ['', undefined],
  ['<id/>', undefined],
  ['<id> A </id>', 'A'],
  ['<id/><id>A</id><id>  </id>', 'A'],
  ['<id><identifier>A</identifier></id><id><identifier/></id>', 'A'],
])('of the ids %j the one that says something is meant', (inside, id) => {
  expect(read(inside)).toBe(id);
});

it.each([
  ['<id>A</id><id>A</id>', 'An operation on one object has one id, and all but one would be lost: count(/r/id) is "2"'],
  ['<id>A</id><iD>B</iD>', 'all but one would be lost: count(/r/id) is "2"'],
  ['<id><identifier>A</identifier><identifier>B</identifier></id>', 'count(/r/id/identifier) is "2"'],
])('of the ids %j all but one would be lost', (inside, message) => {
  expect(() => read(inside)).toThrow(message);
});
