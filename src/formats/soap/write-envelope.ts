import { element, writeXml, type XmlNode } from '../xml/index.ts';
import { soapVersions, type SoapVersion } from './versions.ts';

/** A whole SOAP document. */
export function writeEnvelope(version: SoapVersion, headers: readonly XmlNode[], body: XmlNode): string {
  const parts = [element('soap:Body', [body])];
  if (headers.length > 0) parts.unshift(element('soap:Header', headers));
  return writeXml(element('soap:Envelope', parts, { 'xmlns:soap': soapVersions[version].namespace }));
}
