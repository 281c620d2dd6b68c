/** What production Char of XML 1.0 (section 2.2) leaves out, lone surrogates aside. */
const nonXmlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** The first character that XML 1.0 cannot carry, as `U+0001`; undefined = there is none. Lone surrogates are not looked for. */
export function findNonXmlCharacter(text: string): string | undefined {
  const index = text.search(nonXmlCharacters);
  return index < 0 ? undefined : `U+${text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** What XML cannot carry becomes U+FFFD. */
export function toXmlCharacters(text: string): string {
  return text.toWellFormed().replace(nonXmlCharacters, '\ufffd');
}
