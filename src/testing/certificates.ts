import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate and its private key, as PEM, for tests. */
export type TestCertificate = { readonly cert: string; readonly key: string };

export type TestCertificateOptions = {
  /** Its common name. */
  subject: string;
  /** Default: RSA with 2048 bits. */
  key?: 'rsa2048' | 'rsa1024' | 'p256';
  /** Bears the public key of this one: a renewal. */
  from?: TestCertificate;
  notBefore?: Date;
  notAfter?: Date;
  /** Who signs it; itself, unless another one does. */
  issuer?: TestCertificate;
  /** Host names and IPv4 addresses of a server. */
  hosts?: readonly string[];
  /** It may sign others. */
  authority?: boolean;
  /** Default: a random number. */
  serial?: number;
};

const DAY_MS = 86_400_000;

/** Writes an X.509 v3 certificate (RFC 5280, 4.1) by hand: Node reads certificates and makes none. */
export function makeCertificate(options: TestCertificateOptions): TestCertificate {
  const { subject, from, notBefore, notAfter, issuer, serial } = options;
  const privatePem = from?.key ?? makeKey(options.key ?? 'rsa2048');
  const publicKey = createPublicKey(privatePem);
  const signerPem = issuer?.key ?? privatePem;
  const algorithm = signatureAlgorithm(createPublicKey(signerPem));
  const signerName = issuer === undefined ? subject : new X509Certificate(issuer.cert).subject.replace(/^CN=/, '');
  const until = notAfter ?? new Date(Date.now() + 365 * DAY_MS);
  const since = notBefore ?? new Date(Math.min(Date.now(), until.getTime()) - DAY_MS);
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(serial === undefined ? Buffer.concat([Buffer.of(0x01), randomBytes(15)]) : Buffer.of(serial)),
    algorithm,
    nameOf(signerName),
    sequence(time(since), time(until)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(subjectKeyIdentifier(publicKey), ...otherExtensions(options))),
  );
  const signature = sign('sha256', body, signerPem);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = certificate
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n');
  return { cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key: privatePem };
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

/** RFC 5280, 4.2.1.6 and 4.2.1.9. */
function otherExtensions({ hosts = [], authority = false }: TestCertificateOptions): Buffer[] {
  const names = hosts.map((host) =>
    isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  );
  const yes = der(0x01, Buffer.of(0xff));
  return [
    ...(names.length === 0 ? [] : [sequence(oid('2.5.29.17'), der(0x04, sequence(...names)))]),
    ...(authority ? [sequence(oid('2.5.29.19'), yes, der(0x04, sequence(yes)))] : []),
  ];
}

function makeKey(kind: 'rsa2048' | 'rsa1024' | 'p256'): string {
  const { privateKey } =
    kind === 'p256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: kind === 'rsa2048' ? 2048 : 1024 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function signatureAlgorithm({ asymmetricKeyType }: KeyObject): Buffer {
  return asymmetricKeyType === 'ec'
    ? sequence(oid('1.2.840.10045.4.3.2'))
    : sequence(oid('1.2.840.113549.1.1.11'), der(0x05, Buffer.alloc(0)));
}

/** RFC 5280, 4.2.1.2, method 1 hashes the key bits alone; the whole serves as well here. */
function subjectKeyIdentifier(publicKey: KeyObject): Buffer {
  const hash = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
  return sequence(oid('2.5.29.14'), der(0x04, der(0x04, hash)));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 128
      ? Buffer.of(length)
      : length < 256
        ? Buffer.of(0x81, length)
        : Buffer.of(0x82, length >> 8, length & 255);
  return Buffer.concat([Buffer.of(tag), size, content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]): Buffer => der(0x31, Buffer.concat(parts));
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, '')));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest.flatMap(base128)];
  return der(0x06, Buffer.from(bytes));
}

function base128(value: number): number[] {
  const low = value & 127;
  const high = Math.floor(value / 128);
  return high === 0 ? [low] : [...base128(high).map((byte) => byte | 128), low];
}
