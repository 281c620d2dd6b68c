import { describe, expect, test } from '@jest/globals';
import { inspectLimitBytes, inspectXml } from './inspect-xml.ts';

describe('a small XML document as a tree', () => {
  test('shows elements by name, repeated ones as a list, attributes apart', async () => {
    const tree = await inspectXml(Buffer.from('<a x="1"><b>one</b><b> two </b><c/></a>'));
    expect(JSON.parse(JSON.stringify(tree))).toEqual({ a: { $: { x: '1' }, b: ['one', 'two'], c: '' } });
  });

  test('reads UTF-16 by its byte order mark', async () => {
    const tree = await inspectXml(Buffer.from('\ufeff<name>Łukasz</name>', 'utf16le'));
    expect(tree).toEqual({ name: 'Łukasz' });
  });

  test('holds an element named __proto__ as data and leaves prototypes alone', async () => {
    const tree = await inspectXml(Buffer.from('<a><__proto__><polluted>yes</polluted></__proto__></a>'));
    expect(JSON.stringify(tree)).toContain('polluted');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each([
    ['a DTD', Buffer.from('<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'), 'forbidden_xml'],
    ['50,000 levels', Buffer.from('<a>'.repeat(50_000) + '</a>'.repeat(50_000)), 'forbidden_xml'],
    ['half a document', Buffer.from('<a><b>'), 'malformed_xml'],
    ['a document that is too large', Buffer.alloc(inspectLimitBytes + 1, ' '), 'payload_too_large'],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(inspectXml(bytes)).rejects.toMatchObject({ code });
  });
});
