import { SaxesParser } from 'saxes';
import { writeXml, type XmlNode } from '../xml/index.ts';

/**
 * Puts a header block into a SOAP envelope and leaves every other character as it is.
 *
 * @throws Error when the text is not a SOAP envelope.
 */
export function addHeaderBlock(envelope: string, block: XmlNode): string {
  const { at, end, wrap } = findHeader(envelope);
  return envelope.slice(0, at) + wrap(withoutDeclaration(writeXml(block))) + envelope.slice(end);
}

/**
 * Puts attributes into the start tag of the Body and leaves every other character as it is.
 *
 * @throws Error when the text is not a SOAP envelope with a Body.
 */
export function addBodyAttributes(envelope: string, attributes: Readonly<Record<string, string>>): string {
  let nameEnd: number | undefined;
  let depth = 0;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', ({ name, local }) => {
    depth += 1;
    if (depth !== 2 || local !== 'Body') return;
    nameEnd ??= envelope.lastIndexOf('<', parser.position - 1) + 1 + name.length;
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  read(parser, envelope);
  if (nameEnd === undefined) throw new Error('not a SOAP envelope with a Body');
  const written = withoutDeclaration(writeXml({ name: 'a', content: '', attributes })).slice('<a'.length, -'/>'.length);
  return envelope.slice(0, nameEnd) + written + envelope.slice(nameEnd);
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
  read(parser, envelope);
  if (place === undefined) throw new Error('not a SOAP envelope');
  return place;
}

function read(parser: SaxesParser<{ xmlns: true }>, envelope: string): void {
  try {
    parser.write(envelope).close();
  } catch (error) {
    throw new Error(`not well-formed XML: ${(error as Error).message}`, { cause: error });
  }
}

function withoutDeclaration(document: string): string {
  return document.replace(/^<\?xml[^>]*\?>\s*/, '');
}
