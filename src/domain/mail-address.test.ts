import { expect, test } from '@jest/globals';
import { plainMailAddress } from './mail-address.ts';

test.each(['it@example.edu', "o'brien+batch@mail.example.edu", 'root@localhost', 'a.b_c-d@x1.example'])(
  '%s is an address',
  (text) => {
    expect(text).toMatch(plainMailAddress);
  },
);

test.each([
  'it@example.edu\r\nBcc: all@example.edu',
  'it@example.edu\n',
  'it@example.edu, all@example.edu',
  'It Desk <it@example.edu>',
  '"it@evil.example"@example.edu',
  'it@example.edu;all@example.edu',
  'it@[127.0.0.1]',
  '(comment)it@example.edu',
  'it @example.edu',
  '.it@example.edu',
  'it@example..edu',
  'it@-example.edu',
  'it',
  '@example.edu',
  `${'a'.repeat(65)}@example.edu`,
  `it@${'a.'.repeat(130)}edu`,
])('%j is none', (text) => {
  expect(text).not.toMatch(plainMailAddress);
});
