import { escapeXml } from '../../../formats/xml/index.ts';
import { branch } from '../xml-text.ts';

/** A language string of LIS 2.0. */
export function text(name: string, value: string | undefined): string {
  return value === undefined
    ? ''
    : `<${name}><language>en</language><textString>${escapeXml(value)}</textString></${name}>`;
}

/** A word of a vocabulary. */
export function token(name: string, vocabulary: string, value: string): string {
  return branch(
    name,
    text('instanceIdentifier', value),
    `<instanceVocabulary>http://www.imsglobal.org/lis/${vocabulary}</instanceVocabulary>`,
    text('instanceValue', value),
  );
}

/** A named value of a vocabulary. */
export function single(name: string, vocabulary: string, instance: string, value: string): string {
  return branch(
    name,
    text('instanceIdentifier', instance),
    `<instanceVocabulary>http://www.imsglobal.org/lis/${vocabulary}</instanceVocabulary>`,
    text('instanceName', instance),
    text('instanceValue', value),
  );
}
