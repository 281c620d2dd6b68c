import { GatewayError } from '../../domain/problem.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { soapVersionOf, soapVersions, type SoapVersion } from './versions.ts';

export interface SoapEnvelope {
  readonly version: SoapVersion;
  readonly headers: readonly ElementView[];
  /** The one child element of the Body. */
  readonly body: ElementView;
}

/** The root is an Envelope of a SOAP version that does not exist: said as a VersionMismatch fault. */
export class SoapVersionMismatch extends GatewayError {}

/** A refusal that could tell the sender's SOAP version. */
export class SoapRefusal extends GatewayError {
  readonly version: SoapVersion;

  constructor(version: SoapVersion, message: string) {
    super('malformed_envelope', message);
    this.version = version;
  }
}

/** Takes an Envelope apart. Throws `malformed_envelope`: not an Envelope, no Body, or not exactly one element in it. */
export function decodeEnvelope(root: ElementView): SoapEnvelope {
  if (root.name !== 'Envelope') {
    throw new GatewayError('malformed_envelope', `The root element is ${root.name}; a SOAP Envelope was expected.`);
  }
  const version = soapVersionOf(root.namespace);
  if (version === undefined) {
    const where = root.namespace === '' ? 'no namespace' : `the namespace ${root.namespace.slice(0, 200)}`;
    throw new SoapVersionMismatch(
      'malformed_envelope',
      `The Envelope is in ${where}, which is neither SOAP 1.1 nor SOAP 1.2.`,
    );
  }
  let headers: readonly ElementView[] = [];
  let body: ElementView | undefined;
  for (const child of root.children) {
    if (child.namespace !== root.namespace) continue;
    if (child.name === 'Header') headers = child.children;
    else if (child.name === 'Body' && body !== undefined)
      throw new SoapRefusal(version, 'The Envelope has two Body elements.');
    else if (child.name === 'Body') body = child;
  }
  if (body === undefined) throw new SoapRefusal(version, 'The Envelope has no Body.');
  return { version, headers, body: onlyChild(version, body) };
}

function onlyChild(version: SoapVersion, body: ElementView): ElementView {
  const [child, ...others] = body.children;
  if (child === undefined) throw new SoapRefusal(version, 'The Body is empty; one operation element was expected.');
  if (others.length > 0)
    throw new SoapRefusal(version, `The Body has ${others.length + 1} elements; one operation element was expected.`);
  return child;
}

/** The header blocks that are for us, must be understood, and are not among those that `understands` knows. */
export function notUnderstood(envelope: SoapEnvelope, understands: (block: ElementView) => boolean): ElementView[] {
  const { mustUnderstandAttribute, roleAttribute, ownRoles } = soapVersions[envelope.version];
  return envelope.headers.filter((block) => {
    const must = block.attributes[mustUnderstandAttribute]?.trim();
    if (must !== '1' && must !== 'true') return false;
    return ownRoles.includes(block.attributes[roleAttribute]?.trim() ?? '') && !understands(block);
  });
}
