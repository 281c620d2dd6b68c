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
  ...['pw', 'initialPW', 'PW1', 'pass', 'pWord', 'ＰＡＳＳＷＯＲＤ', 'Pa\u00adssword'],
  ...[
    'pin',
    'PIN code',
    'PINCODE',
    'pinCode',
    'userPIN',
    'PIN_2',
    'PINcode',
    'userPINs',
    'PINnr',
    'PWreset',
    'Alternate PIN',
    'code PIN',
    'pinkod',
    'pin-number',
  ],
  ...['Passwort', 'Initialkennwort', 'mot de passe', 'motDePasse', 'MDP', 'wachtwoord', 'gebruikersWachtwoord'],
  ...['contraseña', 'CONTRASEN\u0303A', 'contrasenya', 'palavra-passe', 'senha', 'lösenord', 'passord', 'adgangskode'],
  ...['salasana', 'hasło', 'heslo', 'jelszó', 'Пароль'],
])('%s is the name of a password', (name) => {
  expect([isPasswordName(name), isSecretName(name)]).toEqual([true, true]);
});

it.each([
  ...['birthDate', 'user_birthdate', 'dob', 'student_dob', 'SSN_2', 'nationalId', 'clientSecret'],
  ...['token', 'accessToken', 'apiKey', 'API key', 'X-API-KEY'],
])('%s is the name of a secret, but not of a password', (name) => {
  expect([isPasswordName(name), isSecretName(name)]).toEqual([false, true]);
});

it.each([
  'className',
  'adobe',
  'compass',
  'passport',
  'group_wday',
  'Group W Demo',
  'International Ideas',
  'passive_word',
  ...['spinning', 'Spin', 'opinion', 'pinned', 'Pinyin', 'shipping', 'pine', 'pinot', 'Philippines'],
  ...['passFail', 'pass mark', 'PASS_GRADE', 'bypass', 'Passau', 'passage', 'classPassOrder', 'compassOrdinal'],
  ...['pwEncryptionType', 'power', 'swords', 'keyword', 'passing word', 'Clave', 'credential', 'parola'],
  ...['monkey', 'keyAccess', 'tokenise', 'UsernameToken', 'tokenType', 'keyword', 'Heslos', 'authenticationType'],
])('%s is the name of no secret', (name) => {
  expect(isSecretName(name)).toBe(false);
});

it('a name of a megabyte is judged at once, and again', () => {
  const begun = performance.now();
  for (const part of ['aP', 'p_', 'pw_', 'passwor']) expect(isSecretName(part.repeat(150_000))).toBe(part === 'pw_');
  expect(performance.now() - begun).toBeLessThan(2_000);
});
