import { describe, expect, test } from '@jest/globals';
import { createPasswords } from './passwords.ts';

describe('passwords', () => {
  const passwords = createPasswords({ memoryCost: 256, timeCost: 1 });

  test('are hashed by argon2id with 19 MiB and two passes, unless told otherwise', async () => {
    expect(await createPasswords().hash('secret')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('match their own hash only', async () => {
    const [first, second] = [await passwords.hash('correct horse'), await passwords.hash('battery staple')];
    expect(await passwords.match('correct horse', [first, second])).toBe(0);
    expect(await passwords.match('battery staple', [first, second])).toBe(1);
    expect(await passwords.match('Correct horse', [first, second])).toBe(-1);
    expect(await passwords.match('correct horse', [])).toBe(-1);
  });

  test('get a salt each, but share it with a sibling of the same login', async () => {
    const salt = (hash: string) => hash.split('$')[4];
    const [one, other] = [await passwords.hash('same'), await passwords.hash('same')];
    expect(salt(one)).not.toBe(salt(other));
    const sibling = await passwords.hash('next', one);
    expect(salt(sibling)).toBe(salt(one));
    expect(await passwords.match('next', [one, sibling])).toBe(1);
  });

  test('hashed at an older cost still match', async () => {
    const old = await createPasswords({ memoryCost: 128, timeCost: 2 }).hash('correct horse');
    expect(await passwords.match('correct horse', [await passwords.hash('new'), old])).toBe(1);
  });

  test('a damaged hash is an error, not a "no"', async () => {
    await expect(passwords.match('correct horse', ['$argon2id$nonsense'])).rejects.toThrow();
  });
});
