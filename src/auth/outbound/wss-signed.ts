import { createHash, createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto';
import { GatewayError } from '../../domain/problem.ts';
import type { EndpointSecrets } from '../../domain/endpoint.ts';
import { addBodyAttributes, addHeaderBlock, soapVersions } from '../../formats/soap/index.ts';
import { element } from '../../formats/xml/index.ts';
import type { OutboundAuthenticator } from '../../pipeline/outbound.ts';
import { attributesOf, canonicalise, childrenOf, type DomNode, isElement, parseDom } from '../wss-x509/xml-crypto.ts';
import { base64Binary, securityHeader, timestamp, usernameToken, wsuNamespace } from './username-token.ts';

const dsig = 'http://www.w3.org/2000/09/xmldsig#';
const more = 'http://www.w3.org/2001/04/xmldsig-more#';
const excC14n = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const x509v3 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3';

/**
 * X.509 Token Profile 1.1: Body and Timestamp are signed, and the UsernameToken where user name and password are given, as
 * PeopleSoft asks it. The certificate goes along; SHA-256 throughout.
 */
export const wssSigned: OutboundAuthenticator = {
  name: 'wss-signed',
  summary:
    'WS-Security X.509: signs Body and Timestamp, and a UsernameToken with the password as it is where both are given.',
  needs: ['privateKey', 'certificate'],
  // It may: the UsernameToken is not encrypted.
  exposesSecret: true,
  soapOnly: true,
  checkSecrets: (secrets) => void keyPair(secrets),
  authenticate(request, now) {
    const { soapVersion } = request.endpoint;
    request.body = signed(request.body ?? '', request.secrets, soapVersions[soapVersion].namespace, now);
  },
};

function signed(envelope: string, secrets: EndpointSecrets, soapNamespace: string, now: Date): string {
  const { key, certificate } = keyPair(secrets);
  const tokenId = newId();
  const { userName, password } = secrets;
  const parts = [
    element('wsse:BinarySecurityToken', certificate.raw.toString('base64'), {
      EncodingType: base64Binary,
      ValueType: x509v3,
      'wsu:Id': tokenId,
    }),
    timestamp(now, newId()),
    ...(userName === undefined || password === undefined
      ? []
      : [usernameToken({ form: 'text', userName, password, id: newId() }, now)]),
  ];
  const block = securityHeader(parts, { 'xmlns:env': soapNamespace, 'env:mustUnderstand': '1' });
  const bodyId = { 'xmlns:wsu': wsuNamespace, 'wsu:Id': newId() };
  const unsigned = addBodyAttributes(addHeaderBlock(envelope, block), bodyId);
  const covered = identified(parseDom(unsigned)).filter(({ id }) => id !== tokenId);
  const signature = signatureOf(covered, tokenId, key);
  // The block stands first in the header: its end is the first of its kind.
  return unsigned.replace('</wsse:Security>', () => `${signature}</wsse:Security>`);
}

/** XML Signature 1.1; SignedInfo is written in its exclusive canonical form, so that its octets can be signed as they stand. */
function signatureOf(covered: readonly Identified[], tokenId: string, key: KeyObject): string {
  const ec = key.asymmetricKeyType === 'ec';
  const references = covered.map(({ id, node }) => {
    const digest = createHash('sha256').update(canonicalise(node, [])).digest('base64');
    return `<ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${excC14n}"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="${sha256}"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`;
  });
  const signedInfo = `<ds:SignedInfo xmlns:ds="${dsig}"><ds:CanonicalizationMethod Algorithm="${excC14n}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${more}${ec ? 'ecdsa' : 'rsa'}-sha256"></ds:SignatureMethod>${references.join('')}</ds:SignedInfo>`;
  // RFC 9231, 2.3.6: an ECDSA signature is r and s side by side, not DER.
  const value = sign('sha256', Buffer.from(signedInfo), { key, dsaEncoding: 'ieee-p1363' }).toString('base64');
  const keyInfo = `<ds:KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI="#${tokenId}" ValueType="${x509v3}"/></wsse:SecurityTokenReference></ds:KeyInfo>`;
  return `<ds:Signature xmlns:ds="${dsig}">${signedInfo}<ds:SignatureValue>${value}</ds:SignatureValue>${keyInfo}</ds:Signature>`;
}

type Identified = { readonly id: string; readonly node: DomNode };

/** What bears a wsu:Id: of the header's parts and the Body, never of what is inside the Body. */
function identified(envelope: DomNode): Identified[] {
  const [header, body] = childrenOf(envelope).filter(isElement);
  const parts = header === undefined ? [] : childrenOf(header).filter(isElement).flatMap(childrenOf).filter(isElement);
  return [...parts, ...(body === undefined ? [] : [body])].flatMap((node) => {
    const id = attributesOf(node).find(
      ({ localName, namespaceURI }) => localName === 'Id' && namespaceURI === wsuNamespace,
    )?.nodeValue;
    return id == null ? [] : [{ id, node }];
  });
}

function keyPair({ privateKey = '', certificate = '' }: EndpointSecrets): {
  key: KeyObject;
  certificate: X509Certificate;
} {
  const key = read('privateKey', () => createPrivateKey(privateKey));
  const parsed = read('certificate', () => new X509Certificate(certificate));
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyType !== 'ec')
    throw misconfigured(
      'privateKey',
      'The private key is neither RSA nor EC: messages cannot be signed with it. Give a certificate with an RSA or EC key.',
    );
  if (!parsed.checkPrivateKey(key))
    throw misconfigured('certificate', 'The certificate does not belong to the private key: give those of one pair.');
  return { key, certificate: parsed };
}

function read<Value>(field: 'privateKey' | 'certificate', parse: () => Value): Value {
  try {
    return parse();
  } catch {
    const what = field === 'privateKey' ? 'private key' : 'certificate';
    throw misconfigured(field, `The ${what} cannot be read: it must be PEM, and a key must not be encrypted.`);
  }
}

function misconfigured(field: string, message: string): GatewayError {
  return new GatewayError('endpoint_misconfigured', message, { field });
}

/** An NCName, as xs:ID asks. */
function newId(): string {
  return `id-${randomUUID()}`;
}
