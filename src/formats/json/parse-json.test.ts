import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../domain/problem.ts';
import { parseJson } from './parse-json.ts';

const parse = (text: string) => parseJson(Buffer.from(text));

function refusal(act: () => unknown): GatewayError {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a JSON text', () => {
  it('is read, with or without a byte order mark', () => {
    expect(parse('{"a": [1, null, "é"]}')).toEqual({ a: [1, null, 'é'] });
    expect(parse('\ufeff[]')).toEqual([]);
  });

  it.each([
    ['plainly', '{"a": 1,\n "a": 2}', 'line 2, column 2'],
    ['in another spelling', '{"a": 1, "\\u0061": 2}', 'line 1, column 10'],
    ['after an inner object', '{"a": {"b": [{}, "}"]}, "a" : 2}', 'line 1, column 25'],
    ['inside', '[{"x": {"b\\"": 1, "b\\"": "[{"}}]', 'line 1, column 19'],
  ])('that names a key twice in one object is refused: %s', (_, text, place) => {
    expect(refusal(() => parse(text))).toMatchObject({
      code: 'malformed_json',
      message: expect.stringContaining(`at ${place}.`),
    });
  });

  it('may name a key in several objects, and as a value', () => {
    const text = '{"a": {"a": ["a", "a", {"a": 1}, {"a": "a"}]}, "b": "a"}';
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('of one long string is read quickly', () => {
    const started = process.cpuUsage();
    expect(parse(JSON.stringify({ a: '\\"y'.repeat(700_000) }))).toBeDefined();
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });

  it.each([
    ['nothing', ''],
    ['blank', ' \n'],
    ['a cut text', '{"a": '],
    ['a comment', '{} // no'],
    ['single quotes', "{'a': 1}"],
    ['NaN', 'NaN'],
    ['XML', '<a/>'],
  ])('is refused as malformed_json: %s', (_, text) => {
    expect(refusal(() => parse(text)).code).toBe('malformed_json');
  });

  it('tells line and column of a mistake, and never repeats the text', () => {
    const { message } = refusal(() => parse('{\n  "password": "hunter2",\n  oops }'));
    expect(message).toBe('The message is not valid JSON at line 3, column 3.');
  });

  it('is refused as bad_encoding when it is not UTF-8', () => {
    expect(refusal(() => parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).code).toBe('bad_encoding');
    expect(refusal(() => parseJson(Buffer.from('{}', 'utf16le').fill(0xff, 0, 1))).code).toBe('bad_encoding');
  });

  it.each([
    ['U+0000', '{"a": {"b/c": ["x\\u0000"]}}', '/a/b~1c/0'],
    ['a control character', '["\\u000b"]', '/0'],
    ['U+FFFF', '["\\uffff"]', '/0'],
    ['U+0000 in a key', '{"a": {"\\u0000": 1}}', '/a'],
    ['a lone surrogate', '["\\ud800"]', '/0'],
    ['the key __proto__', '{"a": {"__proto__": {"admin": true}}}', '/a'],
  ])('is refused as invalid_data where it holds %s', (_, text, at) => {
    expect(refusal(() => parse(text))).toMatchObject({ code: 'invalid_data', at });
  });

  it('is bounded in depth, whatever its strings hold, and quickly', () => {
    expect(parse(`${'['.repeat(32)}${']'.repeat(32)}`)).toBeDefined();
    expect(refusal(() => parse(`${'['.repeat(33)}${']'.repeat(33)}`)).code).toBe('invalid_data');
    expect(parse(`["\\"${'['.repeat(100)}"]`)).toHaveLength(1);
    const started = process.cpuUsage();
    expect(refusal(() => parse('{"a":'.repeat(500_000))).code).toBe('invalid_data');
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});
