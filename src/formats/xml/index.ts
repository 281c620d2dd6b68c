export { defaultXmlLimits, parseXml, type XmlLimits } from './parse-xml.ts';
export { element, escapeXml, writeIndentedXml, writeXml, type XmlNode } from './write-xml.ts';
