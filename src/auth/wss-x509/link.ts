import { createHash } from 'node:crypto';
import { charsetOf, decodeXmlBytes } from '../../formats/xml/index.ts';
import { fold } from '../../domain/source-system.ts';
import type { ChainLink, LoginDirectory } from '../../pipeline/authenticate.ts';
import { mustUnderstand, securityHeaders } from '../../pipeline/authenticate-must-understand.ts';
import type { ElementView, Message, Verdict } from '../../pipeline/ports.ts';
import type { Clock } from '../bounded-cache.ts';
import { isPinnedBy, validityFault } from '../certificate.ts';
import type { CredentialVerifier } from '../credential-verifier.ts';
import type { LoginKeys } from '../login-keys.ts';
import { type Candidate, findPinned } from '../pinned-certificates.ts';
import { defaultFreshness, type Freshness, staleness, timestampFault, xsDateTimeMs } from '../ws-security-time.ts';
import { allowedAlgorithms } from './algorithms.ts';
import { dsigNamespace, type ReadSignature, readSignature } from './read-signature.ts';
import { countElements } from './same-tree.ts';
import { verifySignature } from './verify-signature.ts';

export type WssX509Options = {
  verifier: CredentialVerifier;
  logins: LoginDirectory;
  loginKeys: LoginKeys;
  now?: Clock;
  freshness?: Freshness;
  /** The operator permits rsa-sha1 and sha1. */
  sha1?: boolean;
};

/** Verifying holds up everybody else for as long as it takes: some 20 ms for a thousand elements. */
const MAX_ELEMENTS = 20_000;

/**
 * WS-Security X.509 (X.509 Token Profile 1.1): a signature over the soap:Body, and over the Timestamp and the UsernameToken
 * where they are there, by the key of a certificate that is pinned for a login. The message is fresh by what is signed, and
 * is taken once.
 */
export function createWssX509(options: WssX509Options): ChainLink {
  const { verifier, logins, loginKeys, now = Date.now, freshness = defaultFreshness } = options;
  const allowed = allowedAlgorithms(options.sha1 === true);
  const readings = new WeakMap<Message, ReadSignature | string>();
  const read = (message: Message): ReadSignature | string => {
    const known = readings.get(message) ?? readOnly(message, allowed);
    readings.set(message, known);
    return known;
  };
  const check = async (message: Message, reading: ReadSignature): Promise<Verdict> => {
    const candidates = await findPinned(reading.signer, logins, loginKeys);
    // Nobody's certificate: not ours to judge, unless the sender insists that somebody does.
    if (candidates.length === 0) {
      const insists = securityHeaders(message).some(mustUnderstand);
      return insists ? reject('no login pins the certificate that signed') : { verdict: 'pass' };
    }
    const fresh = freshnessOf(message, now(), freshness);
    if (typeof fresh === 'string') return reject(fresh);
    const proven = proveOne(message, reading, candidates);
    if (typeof proven === 'string') return reject(proven);
    const { certificate, userName, octets } = proven;
    const dates = validityFault(certificate, now());
    if (dates !== undefined) return { ...reject(dates), userName };
    const pinned = await verifier.verifyCredential(
      userName,
      (each) => isPinnedBy(each, certificate),
      'it is not pinned any more',
    );
    if (!pinned.verified) return { ...reject(pinned.reason), userName };
    const nonce = `x509 ${createHash('sha256').update(octets).digest('base64')}`;
    const expiresAt = new Date(fresh.createdMs + freshness.freshnessMs + 2 * freshness.skewMs);
    return { verdict: 'accept', userName, nonce: { userName: fold(userName), nonce, expiresAt } };
  };

  /** One of the candidates signed, and what is used is what was signed. A public key is of one login only. */
  const proveOne = (message: Message, reading: ReadSignature, candidates: readonly Candidate[]) => {
    const envelope = message.soapEnvelope;
    if (envelope === undefined) return 'there is no SOAP envelope';
    if (countElements(envelope) > MAX_ELEMENTS) return `the message has more than ${MAX_ELEMENTS} elements`;
    const text = decodeXmlBytes(message.body, charsetOf(message.headers['content-type']));
    const verified = verifySignature(text, envelope, reading, candidates, allowed);
    if (typeof verified === 'string') return verified;
    return coverageFault(message, envelope, verified.signed) ?? { ...verified.signer, octets: verified.octets };
  };

  return {
    name: 'wss-x509',
    role: 'identify',
    exposesSecret: false,
    alwaysChecked: true,
    recognises: (message) => securityHeaders(message).some(({ children }) => children.some(isSignature)),
    claimedUserName: () => undefined,
    async findUserName(message) {
      const reading = read(message);
      if (typeof reading === 'string') return undefined;
      const candidates = await findPinned(reading.signer, logins, loginKeys);
      const names = new Set(candidates.map(({ userName }) => userName));
      if (names.size < 2) return candidates[0]?.userName;
      // Who else has a certificate of that name must not make the sender nameless.
      const proven = proveOne(message, reading, candidates);
      return typeof proven === 'string' ? undefined : proven.userName;
    },
    understands: (part) => isSignature(part) || ['BinarySecurityToken', 'Timestamp', 'Security'].includes(part.name),
    async authenticate(message) {
      const reading = read(message);
      return typeof reading === 'string' ? reject(reading) : check(message, reading);
    },
  };
}

function readOnly(message: Message, allowed: ReturnType<typeof allowedAlgorithms>): ReadSignature | string {
  const parts = securityHeaders(message).flatMap(({ children }) => children);
  const [signature, ...others] = parts.filter(isSignature);
  if (signature === undefined) return 'there is no Signature';
  if (others.length > 0) return 'there are several Signatures';
  return readSignature(
    signature,
    parts.filter(({ name }) => name === 'BinarySecurityToken'),
    allowed,
  );
}

function isSignature({ name, namespace }: ElementView): boolean {
  return name === 'Signature' && namespace === dsigNamespace;
}

/** What is used of the message and not signed, for the log. */
function coverageFault(message: Message, envelope: ElementView, signed: ReadonlySet<ElementView>): string | undefined {
  const body = envelope.children.find(({ name, namespace }) => name === 'Body' && namespace === envelope.namespace);
  if (body === undefined) return 'there is no Body';
  const open = [body, ...datedParts(message)].find((element) => !signed.has(element));
  return open && `the ${open.name} is not signed`;
}

/** What of the Security header is used beside the signature, here or by another link. */
function datedParts(message: Message): ElementView[] {
  const parts = securityHeaders(message).flatMap(({ children }) => children);
  return parts.filter(({ name }) => name === 'Timestamp' || name === 'UsernameToken');
}

/** When the sender says that it signed: the Timestamp, else the UsernameToken. A message without a time could be sent for ever. */
function freshnessOf(message: Message, nowMs: number, freshness: Freshness): { createdMs: number } | string {
  const fault = timestampFault(securityHeaders(message), nowMs, freshness);
  if (fault !== undefined) return fault;
  const parts = datedParts(message);
  const dated = parts.find(({ name }) => name === 'Timestamp') ?? parts.find(({ name }) => name === 'UsernameToken');
  const created = dated?.children.find(({ name }) => name === 'Created')?.text ?? '';
  const createdMs = xsDateTimeMs(created);
  if (createdMs === undefined) return 'neither a Timestamp nor a UsernameToken says when it was signed';
  return staleness(createdMs, nowMs, freshness) ?? { createdMs };
}

function reject(reason: string): Extract<Verdict, { verdict: 'reject' }> {
  return { verdict: 'reject', reason };
}
