import { securityHeaders } from '../pipeline/authenticate-must-understand.ts';
import type { ElementView, Message } from '../pipeline/ports.ts';
import { longestSecret, presentedUserName } from './user-name.ts';
import { xsDateTimeMs } from './ws-security-time.ts';

export type PasswordForm = 'text' | 'digest';

export type UsernameToken = {
  userName: string;
  /** The password, or the digest in base64. */
  password: string;
  /** Decoded octets. */
  nonce?: Buffer;
  /** Its exact text, and what it means. */
  created?: { text: string; atMs: number };
};

/** A token, or why it cannot be one; `unclear` when not even the form of its password can be told. */
export type PresentedToken = { form: PasswordForm | 'unclear' } & (
  { token: UsernameToken } | { token?: undefined; fault: string }
);

const readTokens = new WeakMap<Message, { presented: PresentedToken | undefined }>();

/**
 * The UsernameToken of a message's WS-Security headers, read once a message. Undefined when there is none, or its password
 * has a form that nobody here knows.
 */
export function readUsernameToken(message: Message): PresentedToken | undefined {
  const known = readTokens.get(message);
  if (known !== undefined) return known.presented;
  const presented = findToken(message);
  readTokens.set(message, { presented });
  return presented;
}

function findToken(message: Message): PresentedToken | undefined {
  const [token, ...others] = securityHeaders(message).flatMap(({ children }) =>
    children.filter(({ name }) => name === 'UsernameToken'),
  );
  if (token === undefined) return undefined;
  if (others.length > 0) return { form: 'unclear', fault: 'there are several UsernameTokens' };
  const form = passwordFormOf(token);
  if (form === undefined) return undefined;
  const read = parseToken(token, form);
  return typeof read === 'string' ? { form, fault: read } : { form, token: read };
}

/** What the Type of a token's Password says; without Type it is PasswordText. Undefined when it says something else. */
export function passwordFormOf(token: ElementView): PasswordForm | undefined {
  const type = token.children.find(({ name }) => name === 'Password')?.attributes.Type?.trim() ?? '#PasswordText';
  if (/(?:^|[#:])PasswordText$/.test(type)) return 'text';
  return /(?:^|[#:])PasswordDigest$/.test(type) ? 'digest' : undefined;
}

/** Returns the token, or what is wrong with it. The order of the elements is free, but each may be there once only. */
function parseToken(element: ElementView, form: PasswordForm): UsernameToken | string {
  const parts = new Map<string, ElementView>();
  for (const child of element.children) {
    // Basic Security Profile 1.1: at most one Password, one Nonce, one Created in a UsernameToken.
    if (parts.has(child.name)) return `the UsernameToken has two ${child.name} elements`;
    parts.set(child.name, child);
  }
  const userName = presentedUserName(parts.get('Username')?.text ?? '');
  if (userName === undefined) return 'the Username is missing or malformed';
  const password = parts.get('Password')?.text;
  if (password === undefined) return 'there is no Password';
  if (password.length > longestSecret) return 'the Password is too long';
  const nonce = parts.has('Nonce') ? parseNonce(parts.get('Nonce')) : undefined;
  if (nonce === null) return 'the Nonce is not base64';
  const createdText = parts.get('Created')?.text.trim();
  const createdMs = createdText === undefined ? undefined : xsDateTimeMs(createdText);
  if (createdText !== undefined && createdMs === undefined) return 'Created is not a date and time';
  // UsernameToken Profile 1.1, 3.1, recommends to refuse a digest without both.
  if (form === 'digest' && (nonce === undefined || createdText === undefined))
    return 'a digest needs Nonce and Created';
  return {
    userName,
    password,
    ...(nonce === undefined ? {} : { nonce }),
    ...(createdText === undefined || createdMs === undefined
      ? {}
      : { created: { text: createdText, atMs: createdMs } }),
  };
}

const LONGEST_NONCE = 1024;

/** The decoded octets; null when they cannot be told. An EncodingType may be missing, but not another one. */
function parseNonce(element: ElementView | undefined): Buffer | null {
  const encoding = element?.attributes.EncodingType?.trim() ?? '#Base64Binary';
  const text = element?.text.replace(/\s+/g, '') ?? '';
  if (!/(?:^|[#:])Base64Binary$/.test(encoding) || text.length > LONGEST_NONCE) return null;
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) && text !== ''
    ? Buffer.from(text, 'base64')
    : null;
}
