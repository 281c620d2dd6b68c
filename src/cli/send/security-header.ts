import { createHash, randomBytes } from 'node:crypto';
import { SaxesParser } from 'saxes';
import { element, writeXml, type XmlNode } from '../../formats/xml/index.ts';
import { wsseNamespace } from '../../pipeline/authenticate-must-understand.ts';

export type SendCredentials = {
  /** `digest` and `text`: a WS-Security UsernameToken; `basic`: HTTP Basic. */
  readonly scheme: 'digest' | 'text' | 'basic';
  readonly userName: string;
  readonly password: string;
};

const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';
const profile = `${wss}username-token-profile-1.0`;

/** WS-Security UsernameToken Profile 1.1, section 3.1: digest = Base64(SHA-1(nonce + created + password)). */
export function securityHeader(
  { scheme, userName, password }: SendCredentials,
  at: Date,
  nonce: Buffer = randomBytes(16),
): XmlNode {
  const created = at.toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  const secret =
    scheme === 'digest'
      ? [
          element('wsse:Password', digest, { Type: `${profile}#PasswordDigest` }),
          element('wsse:Nonce', nonce.toString('base64'), {
            EncodingType: `${wss}soap-message-security-1.0#Base64Binary`,
          }),
          element('wsu:Created', created),
        ]
      : [element('wsse:Password', password, { Type: `${profile}#PasswordText` })];
  return element('wsse:Security', [element('wsse:UsernameToken', [element('wsse:Username', userName), ...secret])], {
    'xmlns:wsse': wsseNamespace,
    'xmlns:wsu': `${wss}wssecurity-utility-1.0.xsd`,
  });
}

/**
 * Puts a header block into a SOAP envelope and leaves every other character as it is.
 *
 * @throws Error when the text is not a SOAP envelope.
 */
export function addHeaderBlock(envelope: string, block: XmlNode): string {
  const { at, end, wrap } = findHeader(envelope);
  return envelope.slice(0, at) + wrap(withoutDeclaration(writeXml(block))) + envelope.slice(end);
}

type Place = { at: number; end: number; wrap: (text: string) => string };

/** Where the header's content begins; without a header, where the envelope's does. */
function findHeader(envelope: string): Place {
  const parser = new SaxesParser({ xmlns: true });
  let depth = 0;
  let place: Place | undefined;
  parser.on('opentag', ({ name, local, prefix, uri, isSelfClosing }) => {
    depth += 1;
    const end = parser.position;
    if (depth === 1 && local === 'Envelope') {
      const declared = prefix === '' ? 'Header' : `${prefix}:Header`;
      place = { at: end, end, wrap: (text) => `<${declared}>${text}</${declared}>` };
      if (uri === '') place = undefined;
    } else if (depth === 2 && local === 'Header' && place !== undefined) {
      const start = envelope.lastIndexOf('<', end - 1);
      place = isSelfClosing
        ? { at: start, end, wrap: (text) => `${envelope.slice(start, end).replace(/\s*\/>$/, '>')}${text}</${name}>` }
        : { at: end, end, wrap: (text) => text };
    }
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  try {
    parser.write(envelope).close();
  } catch (error) {
    throw new Error(`not well-formed XML: ${(error as Error).message}`, { cause: error });
  }
  if (place === undefined) throw new Error('not a SOAP envelope');
  return place;
}

function withoutDeclaration(document: string): string {
  return document.replace(/^<\?xml[^>]*\?>\s*/, '');
}
