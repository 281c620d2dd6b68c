import type { ElementView } from '../../pipeline/ports.ts';
import { hintKeys } from '../certificate.ts';
import { issuerNameDigest } from '../issuer-name.ts';
import type { NamedCertificate } from '../pinned-certificates.ts';
import { type AllowedAlgorithms, envelopedSignature, exclusiveC14n } from './algorithms.ts';

export const dsigNamespace = 'http://www.w3.org/2000/09/xmldsig#';

/** One element that is said to be signed. */
export type Reference = {
  readonly id: string;
  readonly digestMethod: string;
  readonly digest: Buffer;
  /** Of the InclusiveNamespaces of exclusive C14N. */
  readonly prefixes: readonly string[];
};

export type ReadSignature = {
  readonly element: ElementView;
  readonly signedInfo: ElementView;
  readonly method: string;
  readonly value: Buffer;
  readonly references: readonly Reference[];
  readonly signer: NamedCertificate;
};

const MAX_REFERENCES = 10;

/**
 * Reads a ds:Signature as strictly as it can be: each element where the schema has it, once, and nothing else beside.
 * Returns what is wrong with it, in words for the log, when it is anything but that.
 */
export function readSignature(
  element: ElementView,
  tokens: readonly ElementView[],
  allowed: AllowedAlgorithms,
): ReadSignature | string {
  const [signedInfo, signatureValue, keyInfo, ...others] = element.children;
  if (!isNamed(signedInfo, 'SignedInfo') || !isNamed(signatureValue, 'SignatureValue') || !isNamed(keyInfo, 'KeyInfo'))
    return 'the Signature is not SignedInfo, SignatureValue and KeyInfo';
  if (others.length > 0 || signatureValue.children.length > 0) return 'the Signature holds more than it should';
  const read = readSignedInfo(signedInfo, allowed);
  if (typeof read === 'string') return read;
  const signer = readKeyInfo(keyInfo, tokens);
  if (typeof signer === 'string') return signer;
  return { element, signedInfo, value: Buffer.from(signatureValue.text, 'base64'), signer, ...read };
}

function readSignedInfo(
  { children }: ElementView,
  allowed: AllowedAlgorithms,
): Pick<ReadSignature, 'method' | 'references'> | string {
  const [c14n, method, ...references] = children;
  if (!isNamed(c14n, 'CanonicalizationMethod') || c14n.attributes.Algorithm !== exclusiveC14n)
    return 'the SignedInfo is not canonicalised by exclusive C14N';
  if (!isNamed(method, 'SignatureMethod') || method.children.length > 0) return 'there is no plain SignatureMethod';
  const algorithm = method.attributes.Algorithm ?? '';
  if (!Object.hasOwn(allowed.signatures, algorithm))
    return `the signature algorithm ${short(algorithm)} is not allowed`;
  if (references.length === 0 || references.length > MAX_REFERENCES)
    return `there are ${references.length} References; 1 to ${MAX_REFERENCES} are read`;
  const read: Reference[] = [];
  for (const each of references) {
    const reference = readReference(each, allowed);
    if (typeof reference === 'string') return reference;
    read.push(reference);
  }
  return { method: algorithm, references: read };
}

function readReference(reference: ElementView, { digests }: AllowedAlgorithms): Reference | string {
  const [transforms, digestMethod, digestValue, ...others] = reference.children;
  if (!isNamed(reference, 'Reference') || others.length > 0) return 'a Reference is malformed';
  if (
    !isNamed(transforms, 'Transforms') ||
    !isNamed(digestMethod, 'DigestMethod') ||
    !isNamed(digestValue, 'DigestValue')
  )
    return 'a Reference is not Transforms, DigestMethod and DigestValue';
  const algorithms = transforms.children.map((each) => (isNamed(each, 'Transform') ? each.attributes.Algorithm : ''));
  // node-soap writes the enveloped-signature transform; it takes away nothing where the Signature is not inside.
  if (![exclusiveC14n, `${envelopedSignature} ${exclusiveC14n}`].includes(algorithms.join(' ')))
    return `the transforms ${short(algorithms.join(' '))} are not allowed`;
  const method = digestMethod.attributes.Algorithm ?? '';
  if (!Object.hasOwn(digests, method) || digestMethod.children.length > 0)
    return `the digest algorithm ${short(method)} is not allowed`;
  if (digestValue.children.length > 0) return 'a DigestValue holds elements';
  const id = idOf(reference.attributes.URI);
  if (id === undefined) return 'a Reference does not name an element of the message by its id';
  const prefixes = transforms.children.flatMap(({ children }) => children.flatMap(prefixList));
  return { id, digestMethod: method, digest: Buffer.from(digestValue.text, 'base64'), prefixes };
}

function prefixList({ name, attributes }: ElementView): string[] {
  if (name !== 'InclusiveNamespaces') return [];
  return (attributes.PrefixList ?? '').split(/\s+/).filter((prefix) => prefix !== '');
}

/** `#id`; no XPointer, no whole document, nothing elsewhere. node-soap makes ids with colons, which are none by the schema. */
function idOf(uri: string | undefined): string | undefined {
  return /^#([^\s#()'"]{1,200})$/.exec(uri ?? '')?.[1];
}

function readKeyInfo(keyInfo: ElementView, tokens: readonly ElementView[]): NamedCertificate | string {
  const data = onlyChild(keyInfo);
  if (data === undefined) return 'KeyInfo does not hold exactly one element';
  if (isNamed(data, 'X509Data')) return readX509Data(data);
  const reference = data.name === 'SecurityTokenReference' ? onlyChild(data) : undefined;
  if (reference === undefined) return `KeyInfo holds a ${short(data.name)} that is not read here`;
  if (isNamed(reference, 'X509Data')) return readX509Data(reference);
  if (reference.name === 'KeyIdentifier') return readKeyIdentifier(reference);
  if (reference.name !== 'Reference')
    return `the ${short(reference.name)} of the SecurityTokenReference is not read here`;
  const id = idOf(reference.attributes.URI);
  const [token, ...others] = tokens.filter((each) => id !== undefined && Object.values(each.attributes).includes(id));
  if (token === undefined || others.length > 0)
    return 'the SecurityTokenReference does not name one BinarySecurityToken';
  if (token.attributes.ValueType?.trim().endsWith('#X509v3') !== true)
    return 'the BinarySecurityToken is not an X509v3';
  return derOf(token.text);
}

const LONGEST_NAME = 2_000;

/** X.509 Token Profile 1.1, 3.2.1 to 3.2.3. */
function readX509Data(data: ElementView): NamedCertificate | string {
  const content = onlyChild(data);
  if (isNamed(content, 'X509Certificate')) return derOf(content.text);
  if (!isNamed(content, 'X509IssuerSerial')) return 'X509Data names no certificate';
  const textOf = (part: string) => content.children.find(({ name }) => name === part)?.text.trim() ?? '';
  const [issuer, serial] = [textOf('X509IssuerName'), textOf('X509SerialNumber')];
  if (issuer === '' || issuer.length > LONGEST_NAME) return 'the X509IssuerName is empty or too long';
  if (!/^\d{1,60}$/.test(serial)) return 'the X509SerialNumber is not a number';
  const hex = BigInt(serial).toString(16);
  return { hint: hintKeys.issuerSerial(issuerNameDigest(issuer), hex), formerHint: hintKeys.serialAlone(hex) };
}

function readKeyIdentifier({ attributes, text }: ElementView): NamedCertificate | string {
  const type = attributes.ValueType?.trim() ?? '';
  const bytes = Buffer.from(text, 'base64');
  if (type.endsWith('#X509v3')) return derOf(text);
  if (bytes.length > 64) return 'the KeyIdentifier is too long';
  if (type.endsWith('#X509SubjectKeyIdentifier')) return { hint: hintKeys.subjectKeyIdentifier(bytes) };
  if (type.endsWith('#ThumbprintSHA1')) return { hint: hintKeys.sha1Thumbprint(bytes) };
  return `the KeyIdentifier ${short(type)} is not read here`;
}

const LONGEST_DER = 10_000;

function derOf(base64: string): NamedCertificate | string {
  const der = Buffer.from(base64, 'base64');
  return der.length === 0 || der.length > LONGEST_DER ? 'the certificate is empty or too long' : { der };
}

/** A named subtype, so that what is *not* of the name stays an element to the compiler. */
type Dsig = ElementView & { readonly namespace: typeof dsigNamespace };

function isNamed(element: ElementView | undefined, name: string): element is Dsig {
  return element?.name === name && element.namespace === dsigNamespace;
}

function onlyChild({ children }: ElementView): ElementView | undefined {
  return children.length === 1 ? children[0] : undefined;
}

function short(text: string | undefined): string {
  return JSON.stringify((text ?? '').slice(0, 120));
}
