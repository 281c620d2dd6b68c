import { expect, it } from '@jest/globals';
import { isPasswordName, isSecretName } from './secret-name.ts';

it.each([
  ...[
    'password',
    'Password',
    'initialPassword',
    'passwd',
    'user_password',
    'Pass-Word',
    'pass_word',
    'pass.wd',
    'Pass Phrase',
  ],
  ...['pwd', 'user_pwd', 'PWD_HASH', 'userPwd', 'pwdhash', 'pwd2', 'p_w_d', 'P.W.D.'],
])('%s is the name of a password', (name) => {
  expect([isPasswordName(name), isSecretName(name)]).toEqual([true, true]);
});

it.each(['birthDate', 'user_birthdate', 'dob', 'student_dob', 'SSN_2', 'nationalId', 'clientSecret'])(
  '%s is the name of a secret, but not of a password',
  (name) => {
    expect([isPasswordName(name), isSecretName(name)]).toEqual([false, true]);
  },
);

it.each([
  'className',
  'adobe',
  'compass',
  'passport',
  'group_wday',
  'Group W Demo',
  'International Ideas',
  'passive_word',
])('%s is the name of no secret', (name) => {
  expect(isSecretName(name)).toBe(false);
});
