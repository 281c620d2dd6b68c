import { expect, test } from '@jest/globals';
import { failureOf, sqlStateOf } from './sql-state.ts';

function withCode(code: string): Error {
  return Object.assign(new Error('failed'), { code });
}

test.each([
  ['22P02', 'record'],
  ['23505', 'record'],
  ['40P01', 'transient'],
  ['57P01', 'transient'],
  ['08006', 'transient'],
  ['42P01', 'defect'],
  ['XX000', 'defect'],
])('SQLSTATE %s is a failure of the kind %s', (code, kind) => {
  expect(sqlStateOf(withCode(code))).toBe(code);
  expect(failureOf(withCode(code))).toBe(kind);
});

test.each(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ENOENT', 'ETIMEDOUT'])(
  'a connection lost with %s says nothing about the record: the same again may succeed',
  (code) => {
    expect(sqlStateOf(withCode(code))).toBeUndefined();
    expect(failureOf(withCode(code))).toBe('transient');
  },
);

test('what is neither is a defect', () => {
  expect(failureOf(new TypeError('x is not a function'))).toBe('defect');
  expect(failureOf('thrown')).toBe('defect');
});
