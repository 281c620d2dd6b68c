import type { UserFields } from '../../../domain/entities.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { child, children, foldedWord, state, type Step, textOf, tokensOf } from '../../../formats/ims/index.ts';

/** In order of preference; then the first contact whose type speaks of e-mail. */
const emailTypes: readonly ((word: string) => boolean)[] = [
  (word) => word === 'emailprimary',
  (word) => word === 'emailworkprimary',
  (word) => word.includes('email'),
];

export const personEmail: Step<UserFields> = {
  name: 'e-mail',
  read(record, fields) {
    const contacts = children(record.object, 'contactinfo');
    for (const wanted of emailTypes) {
      const contact = contacts.find((each) => contactTypes(each).some(wanted) && contactValue(each) !== undefined);
      if (contact !== undefined) {
        state(fields, 'email', contactValue(contact));
        return;
      }
    }
  },
};

function contactTypes(contact: ElementView): string[] {
  return tokensOf(child(contact, 'contactinfoType')).map(foldedWord);
}

function contactValue(contact: ElementView): string | undefined {
  return textOf(child(contact, 'contactinfoValue'));
}
