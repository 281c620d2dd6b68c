import { statesFields } from '../domain/command.ts';
import type { WriteCommand } from '../domain/command.ts';
import { hasName, personNames } from '../domain/person-names.ts';
import type { Problem } from '../domain/problem.ts';
import type { Handler } from '../pipeline/ports.ts';

/**
 * Refuses persons without any name, and courses without a title (IPSIS: code and name must be present). A group without
 * one is called by its code, an association by its first section. Whether an update would take a person's last name away
 * is judged where the person is known.
 */
export const requireName: Handler = {
  name: 'require-name',
  handle(batch) {
    for (const item of batch) {
      const problem = nameless(item.command);
      if (problem !== undefined) item.refusal ??= problem;
    }
  },
};

function nameless(command: WriteCommand): Problem | undefined {
  // A copy has the name of what it is made from.
  if (!statesFields(command) || (command.verb === 'replace' && command.copyOf !== undefined)) return undefined;
  const at = command.at === undefined ? {} : { at: command.at };
  if (command.entity === 'user' && command.verb === 'replace' && !hasName(command.fields)) {
    const message = `The person "${command.sourcedId}" has no name. Send at least one of ${personNames.join(', ')}.`;
    return { code: 'incomplete_data', message, ...at };
  }
  if (command.entity === 'org_unit' && isCourse(command.kind) && lacksTitle(command.verb, command.fields.name)) {
    const message = `The ${command.kind} "${command.sourcedId}" has no name. Send its title as name.`;
    return { code: 'incomplete_data', message, field: 'name', ...at };
  }
  return undefined;
}

function isCourse(kind: WriteCommand['kind']): boolean {
  return kind === 'template' || kind === 'offering' || kind === 'section';
}

/** An update may leave the title alone, and not take it away. */
function lacksTitle(verb: 'replace' | 'update', name: string | null | undefined): boolean {
  return name === null || (verb === 'replace' && name === undefined);
}
