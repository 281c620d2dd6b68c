import type { ImsRecord } from './record.ts';
import { overlooked } from './record.ts';
import { booleanOf, child, textOf } from './values.ts';

/** `Active` or `Inactive`, in any case; some senders write a boolean. undefined = another word. */
export function activeOf(word: string): boolean | undefined {
  switch (word.toLowerCase()) {
    case 'active':
      return true;
    case 'inactive':
      return false;
    default:
      return booleanOf(word);
  }
}

/** The course status is an open vocabulary: another word is not taken for either. */
export const courseStatus = {
  name: 'status',
  read(record: ImsRecord, fields: { active?: boolean | null }): void {
    const word = textOf(child(record.object, 'status'));
    if (word === undefined) return;
    const active = activeOf(word);
    if (active === undefined)
      overlooked(record, 'The status is neither Active nor Inactive', word, `${record.at}/status`);
    else fields.active = active;
  },
};
