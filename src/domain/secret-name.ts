/**
 * Names under which messages carry what is never kept and never shown: passwords and PINs of people, keys, birth dates, national
 * identity numbers (they hold the birth date: LADOK's PersonIdentityNumber). A name is what a sender chose, so no list has them
 * all: ADR 34 says which words are known. Long words are looked for anywhere in a name; short ones only as words of it, since
 * others have their letters (`adobe`, `className`, `spinning`).
 */
const otherText = /secret|birth|personidentitynumber|personnummer|nationalid|socialsecurity/;
const otherWord = /_(?:dob|bday|ssn|(?:access|auth|api)_?(?:key|token))_|^_token_$/;

/** English, German, French, Dutch, Spanish, Portuguese, Swedish, Danish, Finnish, Hungarian, Russian; accents are left out. */
const passwordLetters = new RegExp(
  plain(
    'passw(?:or)?d|passphrase|passwort|kennwort|motdepasse|wachtwoord|contrasen[ay]|palavrapasse|losenord|adgangskode|salasana|jelszo|пароль',
  ),
);
/** Norwegian, Portuguese, Polish, Czech, and short ones. `pwEncryptionType` of LIS says how, not what. */
const passwordWord =
  /_(?:passord|senha|has[lł]o|heslo|mdp|pins?|pin(?:number|code|kode?)|p_w_d|p_?word|pw(?!_encryption))_|^_pass_$/;

type Secret = 'password' | 'other' | 'none';

/** A name under which a password is sent, or a PIN. */
export function isPasswordName(name: string): boolean {
  return secretOf(name) === 'password';
}

export function isSecretName(name: string): boolean {
  return secretOf(name) !== 'none';
}

/** This is asked of every element of every message, and most have the same names. */
const known = new Map<string, Secret>();
const MOST_KNOWN = 2_000;
const LONGEST_KNOWN = 100;

function secretOf(name: string): Secret {
  const before = known.get(name);
  if (before !== undefined) return before;
  const secret = judge(name);
  if (name.length > LONGEST_KNOWN) return secret;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(name, secret);
  return secret;
}

function judge(name: string): Secret {
  const text = plain(name);
  const lower = text.toLowerCase();
  const words = wordsOf(text);
  if (lower.includes('pwd') || passwordWord.test(words) || passwordLetters.test(words.replaceAll('_', '')))
    return 'password';
  return otherText.test(lower) || otherWord.test(words) ? 'other' : 'none';
}

/** In capitals before small letters: `PINcode`, `userPINs`. */
const shortInCapitals = /(?<!\p{Lu})(?:PIN|PW)(?=s?(?:\P{L}|$)|(?:code|kod|number|nr|reset))/gu;

/** `initialPIN_2` has the words `_initial_pin_2_`. */
function wordsOf(text: string): string {
  const words =
    text
      .replace(shortInCapitals, (word) => `_${word.toLowerCase()}_`)
      .match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+|\p{N}+/gu) ?? [];
  return `_${words.join('_').toLowerCase()}_`;
}

/** Without accents, wide forms of letters, and signs that nobody sees. */
function plain(text: string): string {
  return text.normalize('NFKD').replace(/[\p{M}\p{Cf}]/gu, '');
}
