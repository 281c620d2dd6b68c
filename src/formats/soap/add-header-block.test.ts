import { describe, expect, test } from '@jest/globals';
import { parseXml } from '../xml/index.ts';
import { addHeaderBlock } from './add-header-block.ts';

const soap = 'http://schemas.xmlsoap.org/soap/envelope/';

describe('a header block is put into', () => {
  const block = { name: 'b', content: '' };

  test.each([
    ['a header that has blocks', `<s:Envelope xmlns:s="${soap}"><s:Header a="1"><x/></s:Header><s:Body/></s:Envelope>`],
    ['an empty header', `<s:Envelope xmlns:s="${soap}"><s:Header a="1"/><s:Body/></s:Envelope>`],
    ['an envelope without a header', `<s:Envelope xmlns:s="${soap}"><s:Body/></s:Envelope>`],
    ['an envelope in the default namespace', `<Envelope xmlns="${soap}"><Body/></Envelope>`],
  ])('%s, and nothing else is changed', (_, envelope) => {
    const changed = addHeaderBlock(envelope, block);
    const [header, body] = parseXml(Buffer.from(changed)).children;
    expect([header?.name, header?.namespace, header?.children[0]?.name, body?.name]).toEqual([
      'Header',
      soap,
      'b',
      'Body',
    ]);
    expect(changed.replace(/<(?:s:)?Header>(<b\/>)<\/(?:s:)?Header>/, '$1').replace('<b/>', '')).toBe(
      envelope.replace('<s:Header a="1"/>', '<s:Header a="1"></s:Header>'),
    );
  });

  test.each(['<a/>', 'no XML', `<s:Body xmlns:s="${soap}"/>`])('not into %s', (text) => {
    expect(() => addHeaderBlock(text, block)).toThrow();
  });
});
