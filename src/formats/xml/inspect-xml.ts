import { parseStringPromise } from 'xml2js';
import { GatewayError } from '../../domain/problem.ts';
import { decodeXmlBytes } from './decode-bytes.ts';
import { parseXml } from './parse-xml.ts';

/** Larger documents are for machines: nobody reads their tree. */
export const inspectLimitBytes = 1_048_576;

/**
 * A small XML document as a tree of plain values for people: elements by name, several of one name as a list, attributes
 * under `$`, mixed text under `_`. The bounded parser looks at it first, because xml2js itself bounds nothing.
 *
 * Throws GatewayError: `payload_too_large`, and what parseXml throws.
 */
export async function inspectXml(bytes: Buffer, charset?: string): Promise<unknown> {
  if (bytes.length > inspectLimitBytes) {
    throw new GatewayError(
      'payload_too_large',
      `The document has ${bytes.length} bytes; at most ${inspectLimitBytes} are shown as a tree.`,
    );
  }
  parseXml(bytes, undefined, charset);
  return parseStringPromise(decodeXmlBytes(bytes, charset), { explicitArray: false, explicitRoot: true, trim: true });
}
