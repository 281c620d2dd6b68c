import { createHash, randomBytes } from 'node:crypto';
import { element, type XmlNode } from '../../formats/xml/index.ts';
import { wsseNamespace } from '../../pipeline/authenticate-must-understand.ts';

const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';
const profile = `${wss}username-token-profile-1.0`;
export const wsuNamespace = `${wss}wssecurity-utility-1.0.xsd`;
export const base64Binary = `${wss}soap-message-security-1.0#Base64Binary`;

export type TokenContent = {
  readonly form: 'text' | 'digest';
  readonly userName: string;
  readonly password: string;
  /** Makes a digest repeatable. */
  readonly nonce?: Buffer;
  /** By which a signature refers to it. */
  readonly id?: string;
};

/** WS-Security UsernameToken Profile 1.1, section 3.1: digest = Base64(SHA-1(nonce + created + password)). */
export function usernameToken(
  { form, userName, password, nonce = randomBytes(16), id }: TokenContent,
  at: Date,
): XmlNode {
  const created = at.toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  const secret =
    form === 'digest'
      ? [
          element('wsse:Password', digest, { Type: `${profile}#PasswordDigest` }),
          element('wsse:Nonce', nonce.toString('base64'), { EncodingType: base64Binary }),
          element('wsu:Created', created),
        ]
      : [element('wsse:Password', password, { Type: `${profile}#PasswordText` })];
  return element('wsse:UsernameToken', [element('wsse:Username', userName), ...secret], { 'wsu:Id': id });
}

const LIFETIME_MS = 5 * 60_000;

/** SOAP Message Security 1.1, section 10: when the message was made, and until when it may be taken. */
export function timestamp(at: Date, id?: string): XmlNode {
  const expires = new Date(at.getTime() + LIFETIME_MS);
  const times = [element('wsu:Created', at.toISOString()), element('wsu:Expires', expires.toISOString())];
  return element('wsu:Timestamp', times, { 'wsu:Id': id });
}

/** The Security header block around its parts. */
export function securityHeader(parts: readonly XmlNode[], attributes: Readonly<Record<string, string>> = {}): XmlNode {
  return element('wsse:Security', parts, { 'xmlns:wsse': wsseNamespace, 'xmlns:wsu': wsuNamespace, ...attributes });
}
