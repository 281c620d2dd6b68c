import type { Problem } from '../domain/problem.ts';
import type { BatchItem, Handler } from '../pipeline/ports.ts';

/**
 * What becomes of a record in which a password was sent (variable `password-rule`). Translators never read one: they note
 * where it stood, and here the note is dropped, told as a warning, or made the refusal of the record.
 */
export const passwordRule: Handler = {
  name: 'password-rule',
  handle(batch, { variables }) {
    const rule = variables['password-rule'];
    if (rule === 'warn') return;
    for (const item of batch) {
      const note = item.command.notes?.find(isPasswordNote);
      if (note === undefined) continue;
      withoutPasswordNotes(item);
      if (rule === 'refuse') item.refusal ??= { ...note, message: `${note.message} Send the record without it.` };
    }
  },
};

function isPasswordNote({ code }: Problem): boolean {
  return code === 'password_not_accepted';
}

function withoutPasswordNotes(item: BatchItem): void {
  const { notes = [], ...command } = item.command;
  const others = notes.filter((note) => !isPasswordNote(note));
  item.command = others.length === 0 ? command : { ...command, notes: others };
}
