/**
 * Names under which messages carry what is never kept and never shown: passwords, birth dates, national identity numbers
 * (they hold the birth date: LADOK's PersonIdentityNumber). Compared anywhere in a name; short words only as words of it,
 * since others have their letters (`adobe`, `className`).
 */
const otherSecret = new RegExp(
  `secret|birth|personidentitynumber|personnummer|nationalid|socialsecurity|${asWord('(?:dob|bday|ssn)')}`,
  'iu',
);

const passwordName = new RegExp(`pwd|${asWord('p[^\\p{L}\\p{N}]+w[^\\p{L}\\p{N}]+d')}`, 'iu');

/** Looked for in the letters of a name alone: `Pass-Word`, `pass_word`. */
const passwordLetters = /passw(?:or)?d|passphrase/i;

/** A name under which a password is sent. */
export function isPasswordName(name: string): boolean {
  return passwordName.test(name) || passwordLetters.test(name.replace(/[^\p{L}\p{N}]+/gu, ''));
}

export function isSecretName(name: string): boolean {
  return otherSecret.test(name) || isPasswordName(name);
}

/** With no letter or digit at either side: an underscore parts words as any sign does. */
function asWord(pattern: string): string {
  return `(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`;
}
