import { describe, expect, test } from '@jest/globals';
import { passwordDigest } from '../../auth/ws-security-username-token.ts';
import { writeXml } from '../../formats/xml/index.ts';
import { securityHeader } from './security-header.ts';

const alice = { userName: 'Alice', password: 'abcd!1234' };

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
