import type { WriteCommand } from '../domain/command.ts';
import type { Handler } from '../pipeline/ports.ts';

const names = [
  'formattedName',
  'givenName',
  'familyName',
  'preferredGivenName',
  'preferredFamilyName',
  'userName',
] as const;

/** A person needs some name: an LMS user without any helps nobody, and is most often a record sent by mistake. */
export const requireName: Handler = {
  name: 'require-name',
  handle(batch) {
    for (const item of batch) {
      if (!isNameless(item.command)) continue;
      item.refusal ??= {
        code: 'incomplete_data',
        message: `The person "${item.command.sourcedId}" has no name. Send at least one of ${names.join(', ')}.`,
        ...(item.command.at === undefined ? {} : { at: item.command.at }),
      };
    }
  },
};

function isNameless(command: WriteCommand): boolean {
  if (command.verb !== 'replace' || command.entity !== 'user') return false;
  const { fields } = command;
  return names.every((name) => fields[name] === undefined || fields[name] === null);
}
