export { findNonXmlCharacter } from './characters.ts';
export { charsetOf, decodeXmlBytes, encodingByHead, singleByteEncodingOf, textDecoder } from './decode-bytes.ts';
export { defaultXmlLimits, parseXml, parseXmlFragments, type XmlLimits } from './parse-xml.ts';
export { element, escapeXml, writeIndentedXml, writeXml, type XmlNode } from './write-xml.ts';
