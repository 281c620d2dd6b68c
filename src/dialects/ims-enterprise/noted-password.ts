import type { Problem } from '../../domain/problem.ts';
import { passwordNote } from '../../formats/ims/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';

/** The note of a command in whose record a password stands: `userid` has it as an attribute, of persons and of roles. */
export function notedPassword(element: ElementView, at: string): { readonly notes?: Problem[] } {
  const note = passwordNote(element, at);
  return note === undefined ? {} : { notes: [note] };
}
