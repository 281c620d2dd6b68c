import { foldedWord } from './values.ts';

export type NameField = 'givenName' | 'familyName' | 'middleName' | 'namePrefix' | 'nameSuffix' | 'nickname';

/** The words of the part-name vocabulary, folded. */
const partFields: ReadonlyMap<string, NameField> = new Map([
  ['first', 'givenName'],
  ['given', 'givenName'],
  ['firstname', 'givenName'],
  ['givenname', 'givenName'],
  ['last', 'familyName'],
  ['family', 'familyName'],
  ['surname', 'familyName'],
  ['lastname', 'familyName'],
  ['familyname', 'familyName'],
  ['middle', 'middleName'],
  ['middlename', 'middleName'],
  ['prefix', 'namePrefix'],
  ['suffix', 'nameSuffix'],
  ['nickname', 'nickname'],
]);

/** The field of a part of a name, by any word for it; undefined for a part that is not kept. */
export function nameFieldOf(word: string): NameField | undefined {
  return partFields.get(foldedWord(word));
}
