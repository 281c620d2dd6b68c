import { createHash } from 'node:crypto';
import { parseXml } from '../formats/xml/index.ts';
import { wsseNamespace } from '../pipeline/authenticate-must-understand.ts';
import type { Message } from '../pipeline/ports.ts';
import { describeAuthenticator, sampleMessage } from '../testing/kits/index.ts';
import type { CredentialVerifier } from './credential-verifier.ts';
import { createHttpBasic } from './http-basic.ts';
import { createPasswordDigest, createPasswordText } from './ws-security-username-token.ts';

const secret = 'correct-horse';
const verdict = (verified: boolean) =>
  verified ? ({ verified, credentialId: 'c1' } as const) : ({ verified, reason: 'no match' } as const);
const verifier: CredentialVerifier = {
  verifyPassword: (userName, password) => Promise.resolve(verdict(userName === 'banner' && password === secret)),
  verifyCredential: () => Promise.resolve(verdict(false)),
  verifySecret: (userName, matches) => Promise.resolve(verdict(userName === 'banner' && matches(Buffer.from(secret)))),
};

const basic = (password: string) =>
  sampleMessage({ headers: { authorization: `Basic ${Buffer.from(`banner:${password}`).toString('base64')}` } });

const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';
const utility = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

function token(type: 'PasswordText' | 'PasswordDigest', password: string): Message {
  const created = new Date().toISOString();
  const nonce = Buffer.from('sixteen bytes ok').toString('base64');
  const digest = createHash('sha1').update(`sixteen bytes ok${created}${password}`).digest('base64');
  const value = type === 'PasswordText' ? password : digest;
  const once = type === 'PasswordText' ? '' : `<w:Nonce>${nonce}</w:Nonce><u:Created>${created}</u:Created>`;
  const xml = `<Header xmlns:w="${wsseNamespace}" xmlns:u="${utility}"><w:Security><w:UsernameToken><w:Username>banner</w:Username><w:Password Type="${profile}#${type}">${value}</w:Password>${once}</w:UsernameToken></w:Security></Header>`;
  return sampleMessage({ door: 'soap', soapHeaders: parseXml(Buffer.from(xml)).children });
}

describeAuthenticator(createHttpBasic({ verifier }), {
  accepted: [{ message: basic(secret), userName: 'banner' }],
  rejected: [{ name: 'a wrong password', message: basic('wrong-horse') }],
  secrets: [secret, 'wrong-horse'],
});

describeAuthenticator(createPasswordText({ verifier }), {
  accepted: [{ message: token('PasswordText', secret), userName: 'banner' }],
  rejected: [{ name: 'a wrong password', message: token('PasswordText', 'wrong-horse') }],
  passed: [basic(secret)],
  secrets: [secret, 'wrong-horse'],
});

describeAuthenticator(createPasswordDigest({ verifier }), {
  accepted: [{ message: token('PasswordDigest', secret), userName: 'banner' }],
  rejected: [{ name: 'a wrong password', message: token('PasswordDigest', 'wrong-horse') }],
  passed: [basic(secret)],
  secrets: [secret, 'wrong-horse'],
});
