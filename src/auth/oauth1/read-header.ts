import { presentedUserName } from '../user-name.ts';

export type SignatureMethod = 'HMAC-SHA1' | 'HMAC-SHA256';

export type OauthHeader = {
  /** Decoded, in order; `realm` among them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The consumer key. */
  readonly userName: string;
  readonly method: SignatureMethod;
  readonly timestampS: number;
  readonly nonce: string;
  readonly signature: Buffer;
  readonly bodyHash: Buffer | undefined;
};

const LONGEST_NONCE = 255;
const MAX_PARAMETERS = 30;

/** Reads `Authorization: OAuth name="value", ...` (RFC 5849, 3.5.1). Returns what is wrong with it, for the log. */
export function readOauthHeader(authorization: string): OauthHeader | string {
  const parameters = readParameters(authorization);
  if (typeof parameters === 'string') return parameters;
  const of = (name: string) => parameters.get(`oauth_${name}`);
  const userName = presentedUserName(of('consumer_key') ?? '');
  if (userName === undefined) return 'the oauth_consumer_key is missing or malformed';
  const method = of('signature_method');
  if (method !== 'HMAC-SHA1' && method !== 'HMAC-SHA256')
    return 'the oauth_signature_method is not HMAC-SHA1 or HMAC-SHA256';
  if ((of('version') ?? '1.0') !== '1.0') return 'the oauth_version is not 1.0';
  const timestamp = of('timestamp') ?? '';
  if (!/^[1-9]\d{0,11}$/.test(timestamp)) return 'the oauth_timestamp is missing or malformed';
  const nonce = of('nonce') ?? '';
  if (nonce === '' || nonce.length > LONGEST_NONCE) return 'the oauth_nonce is missing or too long';
  const hash = of('body_hash');
  return {
    parameters,
    userName,
    method,
    timestampS: Number(timestamp),
    nonce,
    signature: Buffer.from(of('signature') ?? '', 'base64'),
    bodyHash: hash === undefined ? undefined : Buffer.from(hash, 'base64'),
  };
}

function readParameters(authorization: string): Map<string, string> | string {
  const parameters = new Map<string, string>();
  const pairs = authorization.trim().slice('OAuth'.length).split(',');
  if (pairs.length > MAX_PARAMETERS) return 'the Authorization header has too many parameters';
  for (const pair of pairs) {
    const [, name, value] = /^\s*([\w.~%-]+)\s*=\s*"([^"]*)"\s*$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) return 'the Authorization header is malformed';
    const decoded = decode(name, value);
    if (decoded === undefined) return 'the Authorization header is not percent-encoded UTF-8';
    // RFC 5849, 3.1: each parameter must not appear more than once.
    if (parameters.has(decoded.name)) return 'a parameter of the Authorization header is given twice';
    parameters.set(decoded.name, decoded.value);
  }
  return parameters;
}

function decode(name: string, value: string): { name: string; value: string } | undefined {
  try {
    return { name: decodeURIComponent(name), value: decodeURIComponent(value) };
  } catch {
    return undefined;
  }
}
