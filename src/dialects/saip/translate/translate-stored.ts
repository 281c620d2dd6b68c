import { decodeEnvelope } from '../../../formats/soap/index.ts';
import { charsetOf, parseXml } from '../../../formats/xml/index.ts';
import type { StepsOf } from '../../../pipeline/plugins/index.ts';
import type { SourceSystem } from '../../../pipeline/ports.ts';
import { translate, type SaipTranslation } from './translate.ts';

/** What a stored message wishes, to send it again: an envelope, or a document as it came. Throws GatewayError. */
export function translateStored(
  body: Buffer,
  contentType: string,
  source: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): SaipTranslation {
  const root = parseXml(body, undefined, charsetOf(contentType));
  return translate(root.name === 'Envelope' ? decodeEnvelope(root).body : root, source, stepsOf);
}
