import type { X509Certificate } from 'node:crypto';
import { parseXml } from '../../formats/xml/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { type AllowedAlgorithms, isDigestOf, isSignatureOf } from './algorithms.ts';
import type { ReadSignature, Reference } from './read-signature.ts';
import { elementsById, pathTo, sameElement, sameTree } from './same-tree.ts';
import { canonicalise, childrenOf, type DomNode, isElement, parseDom } from './xml-crypto.ts';

/** Who signed; the elements of the message, as the door read them, that are signed; and the octets that were digested. */
export type Verified<Signer> = {
  readonly signer: Signer;
  readonly signed: ReadonlySet<ElementView>;
  readonly octets: string;
};

/**
 * Verifies a signature. Two parsers read the message: the door's (saxes), whose elements are translated, and xmldom, whose
 * nodes xml-crypto canonicalises. Where they do not agree on every element, attribute and text, nothing is believed; and
 * what was digested is read once more by the door's parser, and must be the element that is used.
 *
 * The references are followed here and not by xml-crypto's `checkSignature`: that one looks for ids by XPath, which takes a
 * minute for a message of 2 MiB, and before it has looked at the signature at all.
 *
 * @param text the message, decoded as the door decoded it
 * @param envelope the message as the door read it
 * @param signers whose certificate may be meant: one of them signed
 */
export function verifySignature<Signer extends { readonly certificate: X509Certificate }>(
  text: string,
  envelope: ElementView,
  signature: ReadSignature,
  signers: readonly Signer[],
  allowed: AllowedAlgorithms,
): Verified<Signer> | string {
  const root = parseStrictly(text);
  if (typeof root === 'string') return root;
  if (!sameTree(envelope, root)) return 'two parsers read the message differently';
  const signedInfo = canonical(root, envelope, signature.signedInfo, []);
  // First what only the holder of the key can make: digesting costs more, and anybody could ask for it.
  const signer = signers.find(({ certificate: { publicKey } }) =>
    isSignatureOf(signedInfo, signature.value, publicKey, signature.method, allowed),
  );
  if (signer === undefined) {
    return 'the signature does not hold: it is not by the key that is pinned, or what is signed was changed';
  }
  if (!sameElement(signature.signedInfo, parseXml(Buffer.from(signedInfo))))
    return 'not all of the SignedInfo was signed';
  const byId = elementsById(envelope);
  const signed = new Set<ElementView>();
  const octets: string[] = [];
  for (const reference of signature.references) {
    const element = onlyElement(byId, reference, signature.element);
    if (typeof element === 'string') return element;
    const digested = canonical(root, envelope, element, reference.prefixes);
    if (!isDigestOf(digested, reference.digest, reference.digestMethod, allowed)) {
      return `the signature does not hold: the ${element.name} was changed`;
    }
    if (!sameElement(element, parseXml(Buffer.from(digested)))) return `not all of the ${element.name} was digested`;
    signed.add(element);
    octets.push(digested);
  }
  return { signer, signed, octets: octets.join('\n') };
}

/** Against signature wrapping: the one element of the message that has the id, under whatever attribute. */
function onlyElement(
  byId: ReadonlyMap<string, readonly ElementView[]>,
  { id }: Reference,
  signature: ElementView,
): ElementView | string {
  const [element, ...others] = byId.get(id) ?? [];
  if (element === undefined || others.length > 0) return 'an id that is signed is not that of exactly one element';
  return pathTo(element, signature) === undefined ? element : 'the Signature is said to sign itself';
}

function parseStrictly(text: string): DomNode | string {
  try {
    return parseDom(text);
  } catch (error) {
    return `the message cannot be read for its signature: ${(error as Error).message.slice(0, 200)}`;
  }
}

/** The exclusive canonical form of an element of the message. */
function canonical(
  root: DomNode,
  envelope: ElementView,
  element: ElementView,
  inclusiveNamespacesPrefixList: readonly string[],
): string {
  let node: DomNode | undefined = root;
  for (const index of pathTo(envelope, element) ?? []) node = node && childrenOf(node).filter(isElement)[index];
  if (node === undefined) throw new Error('an element of the message is not in the tree that was found to be the same');
  return canonicalise(node, inclusiveNamespacesPrefixList);
}
