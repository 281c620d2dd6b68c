import { chance, draws, hash } from '../world/hash.ts';
import { type Culture, cultures, type Syllables } from './cultures.ts';

export interface PersonName {
  readonly given: string;
  readonly family: string;
  /** What a user name is made of: `mlundberg`, without what tells people of the same name apart. */
  readonly login: string;
}

/**
 * The name of a person. Versions of the family name are what marriages and corrections make of it; the login stays that of
 * the first one.
 */
export function personName(seed: number, person: number, familyVersion = 0): PersonName {
  const culture = cultureOf(seed, person);
  const given = word(culture.given, hash(seed, draws.givenName, person));
  const first = familyOf(culture, seed, person, 0);
  const family = familyVersion === 0 ? first : familyOf(culture, seed, person, familyVersion);
  const login = `${given.ascii.charAt(0)}${first.ascii}`.toLowerCase().replace(/[^a-z]/g, '');
  return { given: given.text, family: family.text, login: login.slice(0, 12) };
}

/** Another given name of the same culture: what somebody would like to be called. */
export function preferredName(seed: number, person: number, version: number): string {
  return word(cultureOf(seed, person).given, hash(seed, draws.preferredName, person, version)).text;
}

interface Word {
  readonly text: string;
  readonly ascii: string;
}

function cultureOf(seed: number, person: number): Culture {
  let rest = chance(seed, draws.culture, person) * 100;
  const found = spoken.find(({ share }) => (rest -= share) < 0);
  return (found ?? spoken[0]).culture;
}

const [firstCulture, ...otherCultures] = cultures.map((culture) => ({ culture, share: culture.share }));
if (firstCulture === undefined) throw new Error('there is no culture');
const spoken = [firstCulture, ...otherCultures] as const;

/** In one of five a second family name, where the culture has them. */
function familyOf(culture: Culture, seed: number, person: number, version: number): Word {
  const drawn = hash(seed, draws.familyName, person, version);
  const first = word(culture.family, drawn);
  const hasSecond = culture.second === ' ' || (culture.second === '-' && drawn % 5 === 0);
  if (!hasSecond) return first;
  const second = word(culture.family, hash(seed, draws.familyName, person, version, 1));
  return { text: `${first.text}${culture.second}${second.text}`, ascii: first.ascii };
}

function word({ first, last }: Syllables, drawn: number): Word {
  const [start, end] = [syllable(first, drawn & 0xffff), syllable(last, drawn >>> 16)];
  return { text: start.text + end.text, ascii: start.ascii + end.ascii };
}

function syllable(from: readonly string[], drawn: number): Word {
  const [text = '', ascii = text] = (from[drawn % from.length] ?? '').split('|');
  return { text: text.replace('_', ' '), ascii };
}
