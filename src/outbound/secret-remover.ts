import { isAscii } from 'node:buffer';
import type { EndpointSecrets } from '../domain/endpoint.ts';
import { isPasswordName } from '../domain/secret-name.ts';
import { singleByteEncodingOf } from '../formats/xml/index.ts';
import { plainLetters } from './plain-letters.ts';
import { singleByteCoding } from './single-byte.ts';
import { base64Spellings, base64Text, hexSpelling, spellings } from './secret-spellings.ts';

/** Takes the secrets of an endpoint out of what is shown of a call: many a SIS repeats what it was sent. */
export interface SecretRemover {
  /** What the other side says, in words. Never for sentences of ours: what is missing in them would tell the secret. */
  text(said: string): string;
  /** What it answers, in whatever encoding; `charset` is what its content type says. */
  octets(answer: Buffer, charset?: string): Buffer;
  /** What was sent; `composed` is the same before the authenticator wrote into it. */
  sent(message: Buffer, composed: Buffer): Buffer;
}

/**
 * A shorter password stands in many a word by chance, and the hole that it leaves would tell it. So nothing that the other side
 * says is shown, whether the password is in it or not, and nothing that the authenticator wrote.
 */
const SHORTEST_PASSWORD = 6;

const withheld = 'not shown, because the password of the endpoint is so short that it cannot be taken out';

/** @param proofs what was made of the secrets for one message: digests, nonces, headers */
export function createSecretRemover(secrets: EndpointSecrets, proofs: readonly string[] = []): SecretRemover {
  const { userName = '', password = '', privateKey = '' } = secrets;
  const trimmed = password.trim();
  const short = password !== '' && Array.from(trimmed).length < SHORTEST_PASSWORD;
  const patterns = [
    ...(password === '' || short ? [] : passwordPatterns(userName, password)),
    ...pemLines(privateKey).map(base64Text),
    ...proofs.map(spellings),
  ];
  const pattern = patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), 'gu');
  const remove = (text: string): string => (pattern === undefined ? text : removed(text, pattern));
  // An answer that cannot be read is asked for twice: for the reason, and for the journal.
  const answers = new WeakMap<Buffer, Buffer>();
  return {
    text: (said) => (short && said !== '' ? `[${withheld}]` : remove(said)),
    octets(answer, charset) {
      if (short && answer.length > 0) return Buffer.from(`<notShown>${withheld}</notShown>`);
      const clean = answers.get(answer) ?? inCharset(inOctets(answer, remove), charset, remove);
      answers.set(answer, clean);
      return clean;
    },
    sent: (message, composed) => inOctets(short ? composed : message, remove),
  };
}

/**
 * Searched as it is spelled, and as whoever parses it reads it. What has a secret only then is given with its letters as
 * themselves: the place of the secret in the former text is nobody's concern.
 */
function removed(text: string, pattern: RegExp): string {
  const clean = text.replace(pattern, '[removed]');
  const plain = plainLetters(clean);
  const cleaner = plain === clean ? clean : plain.replace(pattern, '[removed]');
  return cleaner === plain ? clean : cleaner;
}

/** The longer ones first. Blanks at the ends may be gone from where it is repeated, and letters may be composed otherwise. */
function passwordPatterns(userName: string, password: string): string[] {
  const forms = [...new Set([password, password.normalize('NFC'), password.normalize('NFD')])];
  const wholes = forms.flatMap((form) => [Buffer.from(`${userName}:${form}`), Buffer.from(form)]);
  const utf16 = forms.map((form) => Buffer.from(form, 'utf16le'));
  const twice = wholes.map((whole) => Buffer.from(whole.toString('base64').replace(/=+$/, '')));
  return [
    ...[...wholes, ...utf16, ...twice].flatMap(base64Spellings),
    ...[...wholes, ...utf16].map(hexSpelling),
    ...forms.map((form) => spellings(form.trim())),
  ];
}

/** A private key is as secret as its lines, which may come without their line breaks. */
function pemLines(pem: string): string[] {
  return pem.split(/\s+/).filter((line) => /^[A-Za-z0-9+/=]{16,}$/.test(line));
}

/** Octets as characters, which loses nothing; of UTF-16, whose every other octet is often 0, as its own. */
function inOctets(octets: Buffer, remove: (text: string) => string): Buffer {
  if (!octets.includes(0)) return changed(octets, octets.toString('latin1'), 'latin1', remove);
  const even = Buffer.from(octets.subarray(0, octets.length & ~1));
  const bigEndian = even[0] === 0 || even[0] === 0xfe;
  if (bigEndian) even.swap16();
  const clean = changed(even, even.toString('utf16le'), 'utf16le', remove);
  return bigEndian ? Buffer.from(clean).swap16() : clean;
}

/** In an encoding of one octet a character, other octets than those of Latin-1 may spell a secret; those of ASCII are the same. */
function inCharset(octets: Buffer, charset: string | undefined, remove: (text: string) => string): Buffer {
  if (isAscii(octets)) return octets;
  const encoding = singleByteEncodingOf(octets, charset);
  const coding = encoding === undefined ? undefined : singleByteCoding(encoding);
  if (coding === undefined) return octets;
  const text = coding.decode(octets);
  const clean = remove(text);
  return clean === text ? octets : coding.encode(clean);
}

function changed(
  octets: Buffer,
  text: string,
  encoding: 'latin1' | 'utf16le',
  remove: (text: string) => string,
): Buffer {
  const clean = remove(text);
  return clean === text ? octets : Buffer.from(clean, encoding);
}

interface Proving {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const SHORTEST_PROOF = 16;

/** What an authenticator put into a request that is as good as a password: its headers, digest and nonce of a token. */
export function proofsIn(made: Proving, { headers: before }: Proving): string[] {
  const added = Object.entries(made.headers).filter(([name, value]) => value !== before[name]);
  const words = added.flatMap(([, value]) => value.split(/[\s,]+/));
  const elements = [...(made.body ?? '').matchAll(/<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>([^<>]{16,200})</g)]
    .filter(([, name = '']) => isPasswordName(name) || name === 'Nonce')
    .map(([, , text = '']) => text.trim());
  return [...new Set([...words, ...elements])].filter((proof) => proof.length >= SHORTEST_PROOF);
}
