import { decodeEnvelope } from '../../../formats/soap/index.ts';
import { charsetOf, parseXml } from '../../../formats/xml/index.ts';
import type { SourceSystem, Translation } from '../../../pipeline/ports.ts';
import type { StepsOf } from './request.ts';
import { translate } from './translate.ts';

/** What a stored SOAP message of a source system wishes, to send it again. Throws GatewayError. */
export function translateEnvelope(
  body: Buffer,
  contentType: string,
  source: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): Translation {
  return translate(decodeEnvelope(parseXml(body, undefined, charsetOf(contentType))).body, source, stepsOf);
}
