import { describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import type { Credential, Login } from '../../domain/access.ts';
import { parseXml } from '../../formats/xml/index.ts';
import type { Message } from '../../pipeline/ports.ts';
import { makeCertificate, type TestCertificate } from '../../testing/certificates.ts';
import { derOf, signEnvelope, type SignedMessageOptions } from '../../testing/sign-envelope.ts';
import { readCertificateToPin } from '../certificate.ts';
import { createWssX509 } from './link.ts';

const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const tokenProfile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0';
const more = 'http://www.w3.org/2001/04/xmldsig-more#';
const banner = makeCertificate({ subject: 'banner' });
const curved = makeCertificate({ subject: 'curved', key: 'p256' });
const stranger = makeCertificate({ subject: 'stranger' });
const day = 86_400_000;

/** Logins that pin one certificate each, found as the directory finds them. */
function setUp(pinned: Record<string, TestCertificate>, options: { sha1?: boolean; now?: () => number } = {}) {
  const found = new Map<string, string[]>();
  const logins = new Map<string, Login>();
  for (const [userName, { cert }] of Object.entries(pinned)) {
    const { secret, keys } = readCertificateToPin(cert, 'certificate', 0);
    for (const { key } of keys) found.set(key, [...(found.get(key) ?? []), userName]);
    const credentials: Credential[] = [{ id: `c-${userName}`, secret, validUntil: null, lastUsedAt: null }];
    logins.set(userName, { userName, organizationId: 1, sourceSystemId: 11, credentials, policies: [] });
  }
  const never = () => Promise.reject(new Error('not asked'));
  return createWssX509({
    logins: { find: (name) => Promise.resolve(logins.get(name)) },
    loginKeys: { find: (key) => Promise.resolve(found.get(key) ?? []), forget: () => undefined },
    verifier: {
      verifyPassword: never,
      verifySecret: never,
      verifyCredential: (name, matches, reason) => {
        const fits = logins.get(name)?.credentials.some(matches) === true;
        return Promise.resolve(fits ? { verified: true, credentialId: 'c' } : { verified: false, reason });
      },
    },
    ...options,
  });
}

const link = setUp({ banner, curved });

function messageOf(xml: string | Buffer, contentType = 'text/xml'): Message {
  const body = Buffer.from(xml);
  const root = parseXml(body);
  const header = root.children.find(({ name }) => name === 'Header');
  return {
    id: 'm1',
    receivedAt: new Date(),
    door: 'soap',
    method: 'POST',
    path: '/lis/pms',
    headers: { 'content-type': contentType },
    body,
    remote: { address: '192.0.2.7', loopback: false, secure: true },
    soapHeaders: header?.children ?? [],
    soapEnvelope: root,
  };
}

const signed = (options: Partial<SignedMessageOptions> = {}) => signEnvelope({ signer: banner, ...options });
const judge = (xml: string, by = link) => by.authenticate(messageOf(xml));
const reasonOf = async (xml: string, by = link): Promise<string> => {
  const verdict = await judge(xml, by);
  return verdict.verdict === 'reject' ? verdict.reason : verdict.verdict;
};

describe('a signed message', () => {
  test('is accepted for the login that pins its certificate, once', async () => {
    const xml = signed();
    const message = messageOf(xml);
    expect(link.recognises(message)).toBe(true);
    expect(await link.findUserName?.(message)).toBe('banner');
    const [first, again] = [await judge(xml), await judge(xml)];
    expect(first).toMatchObject({ verdict: 'accept', userName: 'banner', nonce: { userName: 'banner' } });
    // The same nonce: the second one is refused when it is claimed.
    expect(again).toEqual(first);
    expect(await judge(signed({ created: new Date(Date.now() - 1_000) }))).not.toEqual(first);
  });

  test.each(['rsa-sha256', 'rsa-sha384', 'rsa-sha512'])('by %s', async (name) => {
    expect(await reasonOf(signed({ signatureMethod: more + name }))).toBe('accept');
  });

  test.each(['ecdsa-sha256', 'ecdsa-sha384', 'ecdsa-sha512'])('by %s', async (name) => {
    expect(await reasonOf(signed({ signer: curved, signatureMethod: more + name }))).toBe('accept');
  });

  test.each([`${more}sha384`, 'http://www.w3.org/2001/04/xmlenc#sha512'])(
    'with the digest %s',
    async (digestMethod) => {
      expect(await reasonOf(signed({ digestMethod }))).toBe('accept');
    },
  );

  const x509 = new X509Certificate(banner.cert);
  const str = (inside: string) => `<wsse:SecurityTokenReference>${inside}</wsse:SecurityTokenReference>`;
  const keyIdentifier = (type: string, value: string) =>
    str(`<wsse:KeyIdentifier ValueType="${type}">${value}</wsse:KeyIdentifier>`);
  const issuerSerial = `<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=banner</ds:X509IssuerName><ds:X509SerialNumber>${BigInt(`0x${x509.serialNumber}`)}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`;
  test.each([
    ['its issuer and serial number', str(issuerSerial)],
    ['its issuer and serial number, without a SecurityTokenReference', issuerSerial],
    [
      'its thumbprint',
      keyIdentifier(
        'http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1',
        Buffer.from(x509.fingerprint.replaceAll(':', ''), 'hex').toString('base64'),
      ),
    ],
    ['itself as a KeyIdentifier', keyIdentifier(`${tokenProfile}#X509v3`, derOf(banner))],
    ['itself in X509Data', `<ds:X509Data><ds:X509Certificate>${derOf(banner)}</ds:X509Certificate></ds:X509Data>`],
  ])('names its certificate by %s', async (_, keyInfo) => {
    expect(await reasonOf(signed({ keyInfo }))).toBe('accept');
  });

  test('is read in the encoding that the door read', async () => {
    const xml = signed({ body: '<op xmlns="urn:test">Łukasz é €</op>' });
    expect(await reasonOf(xml)).toBe('accept');
    expect(await link.authenticate(messageOf(Buffer.from(`\ufeff${xml}`, 'utf16le')))).toMatchObject({
      verdict: 'accept',
    });
  });

  test('may cover a UsernameToken', async () => {
    expect(await reasonOf(signed({ userName: 'banner', password: 'x' }))).toBe('accept');
  });

  test('is fresh by a signed UsernameToken where there is no Timestamp', async () => {
    const xml = signed({ timestamp: false, userName: 'banner' });
    expect(await reasonOf(xml)).toContain('says when it was signed');
    expect(await reasonOf(signed({ timestamp: false }))).toContain('says when it was signed');
  });

  test.each([-400_000, 120_000])('is refused when it is %d ms from now', async (offset) => {
    expect(await reasonOf(signed({ created: new Date(Date.now() + offset) }))).toMatch(/old|future|expired/);
  });

  test('is refused when its certificate has expired', async () => {
    const later = Date.now() + 400 * day;
    const by = setUp({ banner }, { now: () => later });
    expect(await reasonOf(signed({ created: new Date(later) }), by)).toContain('the certificate has expired');
  });
});

describe('a signature of nobody here', () => {
  test('is passed over, so that another link may identify; but not if it must be understood', async () => {
    expect(await reasonOf(signed({ signer: stranger, mustUnderstand: false }))).toBe('pass');
    expect(await reasonOf(signed({ signer: stranger }))).toContain('no login pins');
  });

  test('that brings the certificate of somebody is refused', async () => {
    const xml = signed({ signer: { cert: banner.cert, key: stranger.key } });
    expect(await reasonOf(xml)).toContain('does not hold');
  });

  test('by another key under the serial number of a pinned certificate is refused', async () => {
    const serial = BigInt(`0x${new X509Certificate(banner.cert).serialNumber}`);
    const keyInfo = `<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=banner</ds:X509IssuerName><ds:X509SerialNumber>${serial}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`;
    expect(await reasonOf(signed({ signer: stranger, keyInfo }))).toContain('does not hold');
  });
});

describe('what is refused of a signature', () => {
  test.each([
    ['rsa-sha1', { signatureMethod: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }, 'not allowed'],
    ['hmac', { signatureMethod: 'http://www.w3.org/2000/09/xmldsig#hmac-sha1' }, 'not allowed'],
    ['the digest sha1', { digestMethod: 'http://www.w3.org/2000/09/xmldsig#sha1' }, 'not allowed'],
    ['an XPath transform', { transforms: ['http://www.w3.org/TR/1999/REC-xpath-19991116'] }, 'not allowed'],
    ['inclusive C14N', { transforms: ['http://www.w3.org/TR/2001/REC-xml-c14n-20010315'] }, 'not allowed'],
    ['C14N with comments', { transforms: ['http://www.w3.org/2001/10/xml-exc-c14n#WithComments'] }, 'not allowed'],
    ['no transform', { transforms: [] }, 'not allowed'],
    ['an RSA name for an EC key', { signer: curved, signatureMethod: `${more}rsa-sha256` }, 'does not hold'],
    ['a Body that is not covered', { covers: ['Timestamp'] }, 'the Body is not signed'],
    ['a Timestamp that is not covered', { covers: ['Body'] }, 'the Timestamp is not signed'],
    [
      'a UsernameToken that is not covered',
      { userName: 'banner', covers: ['Body', 'Timestamp'] },
      'UsernameToken is not signed',
    ],
  ] as [string, Partial<SignedMessageOptions>, string][])('%s', async (_, options, reason) => {
    const signMethod = options.signatureMethod?.includes('hmac') === true ? signed({ ...options }) : signed(options);
    expect(await reasonOf(signMethod)).toContain(reason);
  });

  test('sha1, unless the operator permits it', async () => {
    const by = setUp({ banner }, { sha1: true });
    const options = {
      signatureMethod: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
      digestMethod: 'http://www.w3.org/2000/09/xmldsig#sha1',
    };
    expect(await reasonOf(signed(options), by)).toBe('accept');
  });
});

describe('signature wrapping', () => {
  const xml = signed();
  const body = /<soap:Body .*<\/soap:Body>/s.exec(xml)?.[0] ?? '';
  const evil = '<op xmlns="urn:test">as the attacker wants it</op>';
  const evilBody = (attributes = '') => `<soap:Body${attributes}>${evil}</soap:Body>`;
  const wsuId = (id: string) =>
    ` xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" wsu:Id="${id}"`;
  const inHeader = (part: string) => (whole: string) => whole.replace('</soap:Header>', `${part}</soap:Header>`);

  test.each([
    ['the Body changed', xml.replace('as signed', 'as forged')],
    ['the signed Body moved into the Header, another in its place', inHeader(body)(xml.replace(body, evilBody()))],
    ['the same, in a wrapper', inHeader(`<w xmlns="urn:w">${body}</w>`)(xml.replace(body, evilBody()))],
    [
      'the same, under the same id',
      inHeader(`<w xmlns="urn:w">${body}</w>`)(xml.replace(body, evilBody(wsuId('the-body')))),
    ],
    [
      'the same, under an id of another name',
      inHeader(`<w xmlns="urn:w">${body}</w>`)(xml.replace(body, evilBody(' ID="the-body"'))),
    ],
    [
      'the same, under an xml:id',
      inHeader(`<w xmlns="urn:w">${body}</w>`)(xml.replace(body, evilBody(' xml:id="the-body"'))),
    ],
    [
      'the signed Body inside the Body',
      xml.replace(body, `<soap:Body><op xmlns="urn:test">forged${body}</op></soap:Body>`),
    ],
    [
      'the signed Body inside the Signature',
      xml.replace(body, evilBody()).replace('</ds:Signature>', `<ds:Object>${body}</ds:Object></ds:Signature>`),
    ],
    ['the signed Body inside KeyInfo', xml.replace(body, evilBody()).replace('</ds:KeyInfo>', `${body}</ds:KeyInfo>`)],
    [
      'the signed Body inside the token',
      xml.replace(body, evilBody()).replace('</wsse:BinarySecurityToken>', `${body}</wsse:BinarySecurityToken>`),
    ],
    ['a second element with the id of the Body', inHeader('<w xmlns="urn:w" Id="the-body"/>')(xml)],
    ['the signed Timestamp moved away, a fresh one in its place', replaceTimestamp()],
    ['a second SignedInfo', xml.replace('</ds:SignedInfo>', '</ds:SignedInfo><ds:SignedInfo/>')],
    [
      'a second Signature',
      xml.replace('</wsse:Security>', `${/<ds:Signature .*<\/ds:Signature>/s.exec(xml)?.[0]}</wsse:Security>`),
    ],
    [
      'another SignatureMethod before the signed one',
      xml.replace('<ds:SignedInfo', '<ds:SignatureMethod Algorithm="x"/><ds:SignedInfo'),
    ],
    [
      'a comment in a DigestValue, and another digest',
      xml.replace('<ds:DigestValue>', '<ds:DigestValue>AAAA<!-- x -->'),
    ],
    ['an element in a DigestValue', xml.replace('<ds:DigestValue>', '<ds:DigestValue><x/>')],
    ['a Reference to the whole document', xml.replace('URI="#the-body"', 'URI=""')],
    ['a Reference by XPointer', xml.replace('URI="#the-body"', 'URI="#xpointer(/)"')],
    ['a Reference with a quote', xml.replace('URI="#the-body"', `URI="#the-body' or '1'='1"`)],
    ['a Reference elsewhere', xml.replace('URI="#the-body"', 'URI="http://192.0.2.1/body"')],
    ['a certificate of somebody else put in', xml.replace(derOf(banner), derOf(curved))],
    ['text put between', xml.replace('as signed', 'as signed<![CDATA[ and more]]>')],
    ['an attribute put in', xml.replace('<op ', '<op more="1" ')],
    ['an attribute put in that xml-crypto leaves out', xml.replace('<op ', '<op xmlnsmore="1" ')],
    [
      'an attribute put into SignedInfo that xml-crypto leaves out',
      xml.replace('<ds:Reference ', '<ds:Reference xmlnsmore="1" '),
    ],
    ['a namespace exchanged', xml.replace('xmlns="urn:test"', 'xmlns="urn:other"')],
  ])('is refused: %s', async (_, forged) => {
    expect(forged).not.toBe(xml);
    expect((await judge(forged)).verdict).toBe('reject');
  });

  function replaceTimestamp(): string {
    const old = signed({ created: new Date(Date.now() - 3_600_000) });
    const stamp = /<wsu:Timestamp .*<\/wsu:Timestamp>/s.exec(old)?.[0] ?? '';
    const fresh = stamp
      .replace('the-time', 'other')
      .replaceAll(
        /<wsu:(Created|Expires)>[^<]*/g,
        (_, name: string) => `<wsu:${name}>${new Date(Date.now() + (name === 'Expires' ? 60_000 : 0)).toISOString()}`,
      );
    return inHeader(`<w xmlns="urn:w">${stamp}</w>`)(old.replace(stamp, fresh));
  }
});

describe('what does not change the canonical form does not matter', () => {
  const xml = signed();
  test.each([
    ['a comment splits the text', xml.replace('as signed', 'as <!-- x -->signed')],
    ['CDATA stands for the text', xml.replace('as signed', '<![CDATA[as signed]]>')],
    ['a character reference stands for a letter', xml.replace('as signed', 'as &#x73;igned')],
    ['line ends and a declaration before the root', `<?xml version="1.0" encoding="UTF-8"?>\r\n${xml}\r\n`],
    ['white space in a tag', xml.replace('<op xmlns="urn:test">', '<op   xmlns = "urn:test"  >')],
  ])('%s: what is translated is what was signed', async (_, other) => {
    expect(await reasonOf(other)).toBe('accept');
    const operation = messageOf(other).soapEnvelope?.children.find(({ name }) => name === 'Body')?.children[0];
    expect(operation?.text).toBe('as signed');
  });
});

test('where two parsers could read differently, nothing is believed', async () => {
  // xmldom takes U+2028 for a line end (XML 1.1), saxes for a letter.
  expect(await reasonOf(signed({ body: '<op xmlns="urn:test">a\u2028b</op>' }))).toContain(
    'read the message differently',
  );
});

test('a large message does not hold up the gateway, and a larger one is refused', async () => {
  const records = (count: number) => `<op xmlns="urn:test">${'<a>1</a>'.repeat(count)}</op>`;
  const start = performance.now();
  expect(await reasonOf(signed({ body: records(15_000) }))).toBe('accept');
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(await reasonOf(signed({ body: records(21_000) }))).toContain('more than 20000 elements');
});

test('a Security header for somebody else is not looked at', () => {
  const xml = signed().replace('<wsse:Security ', '<wsse:Security soap:actor="urn:audit" ');
  expect(link.recognises(messageOf(xml))).toBe(false);
});

test('it processes signatures and X.509 tokens of a header that must be understood, nothing else', () => {
  const part = (name: string, namespace = wsse) => ({ name, namespace, attributes: {}, children: [], text: '' });
  expect(link.understands?.(part('BinarySecurityToken'))).toBe(true);
  expect(link.understands?.(part('Signature', 'http://www.w3.org/2000/09/xmldsig#'))).toBe(true);
  for (const name of ['Signature', 'EncryptedKey', 'Assertion', 'UsernameToken']) {
    expect(link.understands?.(part(name))).toBe(false);
  }
});
