/**
 * Names under which messages carry what is never kept and never shown: passwords, birth dates, national identity numbers
 * (they hold the birth date: LADOK's PersonIdentityNumber). Compared anywhere in a name.
 */
const secretName =
  /passw(?:or)?d|passphrase|\bpwd\b|secret|birth|\bdob\b|\bbday\b|personidentitynumber|personnummer|nationalid|socialsecurity|\bssn\b/i;

const passwordName = /passw(?:or)?d|passphrase|\bpwd\b/i;

/** A name under which a password is sent. */
export function isPasswordName(name: string): boolean {
  return passwordName.test(name);
}

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}
