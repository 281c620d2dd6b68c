import { describe, expect, test } from '@jest/globals';
import { passwordDigest } from '../../auth/ws-security-username-token.ts';
import { parseXml, writeXml } from '../../formats/xml/index.ts';
import { addHeaderBlock, securityHeader } from './security-header.ts';

const alice = { userName: 'Alice', password: 'abcd!1234' };
const soap = 'http://schemas.xmlsoap.org/soap/envelope/';

describe('a UsernameToken', () => {
  test('carries the digest that the gateway expects for its nonce and time', () => {
    const nonce = Buffer.from('YF6j8V/CAqi+1nRsGLRbuZhi', 'base64');
    const text = writeXml(securityHeader({ ...alice, scheme: 'digest' }, new Date('2008-04-28T10:02:11Z'), nonce));
    const expected = passwordDigest(nonce, '2008-04-28T10:02:11.000Z', Buffer.from(alice.password));
    expect(text).toContain(`#PasswordDigest">${expected.toString('base64')}</wsse:Password>`);
    expect(text).toContain('<wsu:Created>2008-04-28T10:02:11.000Z</wsu:Created>');
    expect(text).toContain('>YF6j8V/CAqi+1nRsGLRbuZhi</wsse:Nonce>');
    expect(text).not.toContain(alice.password);
  });

  test('carries the password itself where that is asked for', () => {
    const text = writeXml(securityHeader({ ...alice, scheme: 'text' }, new Date()));
    expect(text).toMatch(/#PasswordText">abcd!1234</);
    expect(text).not.toContain('Nonce');
  });
});

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
