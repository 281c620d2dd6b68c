import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createSealer, deriveSealingKey } from './seal.ts';

const key = randomBytes(32);
const body = Buffer.from('<replacePersonRequest>Zoë</replacePersonRequest>');

describe('a sealer', () => {
  test('opens what it sealed, in the same context', () => {
    const sealer = createSealer(key);
    expect(sealer.open(sealer.seal(body, 'message 1'), 'message 1')).toEqual(body);
  });

  test('opens what another process sealed with the same key', () => {
    expect(createSealer(key).open(createSealer(key).seal(body, 'a'), 'a')).toEqual(body);
  });

  test('never gives the same bytes twice and shows nothing of the content', () => {
    const sealer = createSealer(key);
    const first = sealer.seal(body, 'a');
    expect(sealer.seal(body, 'a')).not.toEqual(first);
    expect(first.includes('replacePerson')).toBe(false);
  });

  test('refuses bytes moved to another context', () => {
    const sealer = createSealer(key);
    expect(() => sealer.open(sealer.seal(body, 'row 1'), 'row 2')).toThrow();
  });

  test.each([0, 1, 6, 25, 40, -1])('refuses bytes changed at %d', (at) => {
    const sealer = createSealer(key);
    const sealed = sealer.seal(body, 'a');
    const index = at < 0 ? sealed.length + at : at;
    sealed[index] = sealed[index]! ^ 1;
    expect(() => sealer.open(sealed, 'a')).toThrow();
  });

  test('refuses what is cut short, or empty', () => {
    const sealer = createSealer(key);
    const sealed = sealer.seal(body, 'a');
    expect(() => sealer.open(sealed.subarray(0, -1), 'a')).toThrow();
    expect(() => sealer.open(Buffer.alloc(0), 'a')).toThrow('These bytes are not sealed.');
  });

  test('names the key it lacks', () => {
    const other = createSealer(randomBytes(32));
    expect(() => createSealer(key).open(other.seal(body, 'a'), 'a')).toThrow(`Sealed with the key ${other.keyId}`);
  });

  test('opens old bytes after the key was replaced, if it is told the previous key', () => {
    const old = createSealer(key).seal(body, 'a');
    const next = createSealer(randomBytes(32), [key]);
    expect(next.open(old, 'a')).toEqual(body);
    expect(next.seal(body, 'a').toString('hex', 1, 5)).toBe(next.keyId);
  });

  test('seals the empty body', () => {
    const sealer = createSealer(key);
    expect(sealer.open(sealer.seal(Buffer.alloc(0), 'a'), 'a')).toEqual(Buffer.alloc(0));
  });
});

describe('the sealing key', () => {
  test('is the same for the same text, whatever blanks a file adds', () => {
    const text = randomBytes(32).toString('base64');
    expect(deriveSealingKey(`${text}\n`)).toEqual(deriveSealingKey(text));
    expect(deriveSealingKey(text)).toHaveLength(32);
  });

  test('is refused when its text is too short', () => {
    expect(() => deriveSealingKey('short')).toThrow('use at least 16');
  });
});
