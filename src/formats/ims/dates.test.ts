import { describe, expect, it } from '@jest/globals';
import { parseXml } from '../xml/index.ts';
import { instantOf } from './dates.ts';

const read = (content: string): string | undefined =>
  instantOf(parseXml(Buffer.from(`<begin>${content}</begin>`)), '/x/begin', {});

describe('a date element', () => {
  it.each([
    [' 2026-01-12\n', '2026-01-12T00:00:00.000Z'],
    ['<date>2026-01-12</date><restrict>true</restrict>', '2026-01-12T00:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(read(text)).toBe(instant);
  });

  it.each(['', ' \n ', '<date> </date>'])('%p is absent', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it.each(['tomorrow', '2026-02-29'])('%s is refused, with its place and value', (text) => {
    expect(() => read(text)).toThrow(`/x/begin is "${text}"`);
  });
});
