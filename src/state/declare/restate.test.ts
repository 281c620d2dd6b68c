import { expect, test } from '@jest/globals';
import { isSame, restate } from './restate.ts';

const held = { fields: { givenName: 'Ann', email: 'ann@example.edu', active: true }, there: true };

test('a replace states the whole record: what it does not name is no longer stated', () => {
  expect(restate(held, 'replace', { givenName: 'Anna' }, 'yes')).toEqual({ givenName: 'Anna' });
});

test('an update leaves what it does not name and clears what it names as null', () => {
  expect(restate(held, 'update', { email: null }, 'yes')).toEqual({ givenName: 'Ann', email: null, active: true });
});

test('a source system that may not overwrite sets what is new, keeps what is there, and still says who is active', () => {
  const stated = { givenName: 'Anna', familyName: 'Lee', active: false };
  expect(restate(held, 'replace', stated, 'no')).toEqual({ ...held.fields, familyName: 'Lee', active: false });
});

test('fields listed one by one are kept, the others are overwritten', () => {
  expect(restate(held, 'replace', { givenName: 'Anna', email: 'a@b.c' }, { keep: ['email'] })).toEqual({
    givenName: 'Anna',
    email: 'ann@example.edu',
  });
});

test('a record that was deleted is stated afresh by a replace, and comes back with its fields by an update', () => {
  const deleted = { ...held, there: false };
  expect(restate(deleted, 'replace', { givenName: 'Bo' }, 'no')).toEqual({ givenName: 'Bo' });
  expect(restate(deleted, 'update', { givenName: 'Bo' }, 'no')).toEqual({ ...held.fields, givenName: 'Bo' });
});

test('rows compare as they are stored: undefined is absent, the order of keys does not matter', () => {
  expect(isSame({ a: 1, b: [1] }, { b: [1], a: 1, c: undefined })).toBe(true);
  expect(isSame({ a: 1 }, { a: null })).toBe(false);
});
