import type { Chance } from './chance.ts';

export type Person = {
  readonly id: string;
  readonly userName: string;
  readonly given: string;
  readonly family: string;
  /** As the person writes it, family name first where that is the custom. */
  readonly formatted: string;
  readonly email: string;
  readonly institutionRole: 'Student' | 'Faculty' | 'Staff';
};

/** Names of one language; `大輔|Daisuke` gives a name in its own script and in Latin letters. */
export type NamePool = { readonly given: string[]; readonly family: string[]; readonly familyFirst?: boolean };

/** One in eight teaches, one in forty works in the offices, the others study. */
export function createPeople(pools: readonly NamePool[], count: number, chance: Chance): Person[] {
  const users = new Map<string, number>();
  return Array.from({ length: count }, (_, index) => {
    const pool = chance.pick(pools);
    const [given, givenLatin] = scripts(chance.pick(pool.given));
    const [family, familyLatin] = scripts(chance.pick(pool.family));
    const wished = `${ascii(givenLatin)}.${ascii(familyLatin)}`;
    const namesakes = (users.get(wished) ?? 0) + 1;
    users.set(wished, namesakes);
    const userName = namesakes === 1 ? wished : `${wished}${namesakes}`;
    return {
      id: String(100_001 + index),
      userName,
      given,
      family,
      formatted: pool.familyFirst ? `${family} ${given}` : `${given} ${family}`,
      email: `${userName}@demo.example.edu`,
      institutionRole: index % 8 === 3 ? 'Faculty' : index % 40 === 7 ? 'Staff' : 'Student',
    };
  });
}

function scripts(name: string): [own: string, latin: string] {
  const [own = name, latin = own] = name.split('|');
  return [own, latin];
}

const withoutMarks: Record<string, string> = { ø: 'o', ł: 'l', đ: 'd', ß: 'ss', æ: 'ae', ı: 'i' };

/** `Wójcik` -> wojcik; what no keyboard of a help desk has is left out. */
function ascii(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[øłđßæı]/g, (letter) => withoutMarks[letter] ?? '')
    .replace(/[^a-z]+/g, '-')
    .replace(/^-|-$/g, '');
}
