import { createHash, sign } from 'node:crypto';
import type { TestCertificate } from './certificates.ts';

const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const tokenProfile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0';
const base64Binary = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary';
const dsig = 'http://www.w3.org/2000/09/xmldsig#';
const excC14n = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const soap = 'http://schemas.xmlsoap.org/soap/envelope/';

/** Everything a test may want different from a sound message. */
export type SignedMessageOptions = {
  signer: TestCertificate;
  /** Written as canonical XML, without prefixes of the envelope. */
  body?: string;
  created?: Date;
  /** A UsernameToken of this user, and whether it is signed. */
  userName?: string;
  password?: string;
  /** Which of the parts are signed. Default: all that are there. */
  covers?: readonly ('Body' | 'Timestamp' | 'UsernameToken')[];
  timestamp?: boolean;
  mustUnderstand?: boolean;
  keyInfo?: string;
  signatureMethod?: string;
  digestMethod?: string;
  transforms?: readonly string[];
};

/**
 * Signs a SOAP message without any XML library: every signed element is written in its exclusive canonical form (own
 * namespace declarations, sorted attributes, no empty tags), so that its octets can be digested as they stand. Independent
 * of the verifier under test.
 */
export function signEnvelope(options: SignedMessageOptions): string {
  const { signer, created = new Date(), mustUnderstand = true } = options;
  const ec = signer.key.includes('EC ') || signMethodOf(options).includes('ecdsa');
  const parts = partsOf(options, created);
  const covers = options.covers ?? (Object.keys(parts) as (keyof typeof parts)[]);
  const { digestMethod = 'http://www.w3.org/2001/04/xmlenc#sha256', transforms = [excC14n] } = options;
  const references = covers.map((name) =>
    reference(`#${ids[name]}`, transforms, digestMethod, digest(digestMethod, parts[name] ?? '')),
  );
  const signedInfo = `<ds:SignedInfo xmlns:ds="${dsig}"><ds:CanonicalizationMethod Algorithm="${excC14n}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${signMethodOf(options)}"></ds:SignatureMethod>${references.join('')}</ds:SignedInfo>`;
  const value = sign(hashOf(signMethodOf(options)), Buffer.from(signedInfo), {
    key: signer.key,
    ...(ec ? { dsaEncoding: 'ieee-p1363' as const } : {}),
  });
  const keyInfo =
    options.keyInfo ??
    `<wsse:SecurityTokenReference><wsse:Reference URI="#X509" ValueType="${tokenProfile}#X509v3"/></wsse:SecurityTokenReference>`;
  const signature = `<ds:Signature xmlns:ds="${dsig}">${signedInfo}<ds:SignatureValue>${value.toString('base64')}</ds:SignatureValue><ds:KeyInfo>${keyInfo}</ds:KeyInfo></ds:Signature>`;
  const token = `<wsse:BinarySecurityToken EncodingType="${base64Binary}" ValueType="${tokenProfile}#X509v3" wsu:Id="X509" xmlns:wsu="${wsu}">${derOf(signer)}</wsse:BinarySecurityToken>`;
  const must = mustUnderstand ? ' soap:mustUnderstand="1"' : '';
  return `<soap:Envelope xmlns:soap="${soap}"><soap:Header><wsse:Security xmlns:wsse="${wsse}"${must}>${token}${parts.Timestamp ?? ''}${parts.UsernameToken ?? ''}${signature}</wsse:Security></soap:Header>${parts.Body}</soap:Envelope>`;
}

const ids = { Body: 'the-body', Timestamp: 'the-time', UsernameToken: 'the-token' } as const;

function partsOf(
  { body = '<op xmlns="urn:test">as signed</op>', userName, password, timestamp = true }: SignedMessageOptions,
  created: Date,
): { Body: string; Timestamp?: string; UsernameToken?: string } {
  const expires = new Date(created.getTime() + 300_000);
  const secret = password === undefined ? '' : `<wsse:Password>${password}</wsse:Password>`;
  return {
    Body: `<soap:Body xmlns:soap="${soap}" xmlns:wsu="${wsu}" wsu:Id="${ids.Body}">${body}</soap:Body>`,
    ...(timestamp
      ? {
          Timestamp: `<wsu:Timestamp xmlns:wsu="${wsu}" wsu:Id="${ids.Timestamp}"><wsu:Created>${created.toISOString()}</wsu:Created><wsu:Expires>${expires.toISOString()}</wsu:Expires></wsu:Timestamp>`,
        }
      : {}),
    ...(userName === undefined
      ? {}
      : {
          UsernameToken: `<wsse:UsernameToken xmlns:wsse="${wsse}" xmlns:wsu="${wsu}" wsu:Id="${ids.UsernameToken}"><wsse:Username>${userName}</wsse:Username>${secret}</wsse:UsernameToken>`,
        }),
  };
}

function reference(uri: string, transforms: readonly string[], method: string, value: string): string {
  const list = transforms.map((name) => `<ds:Transform Algorithm="${name}"></ds:Transform>`).join('');
  return `<ds:Reference URI="${uri}"><ds:Transforms>${list}</ds:Transforms><ds:DigestMethod Algorithm="${method}"></ds:DigestMethod><ds:DigestValue>${value}</ds:DigestValue></ds:Reference>`;
}

function signMethodOf({ signatureMethod }: SignedMessageOptions): string {
  return signatureMethod ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
}

function hashOf(algorithm: string): string {
  return /sha\d+/.exec(algorithm)?.[0] ?? 'sha256';
}

function digest(method: string, octets: string): string {
  return createHash(hashOf(method)).update(octets).digest('base64');
}

export function derOf({ cert }: TestCertificate): string {
  return cert.replace(/-----[^-]+-----|\s/g, '');
}
