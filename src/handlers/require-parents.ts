import type { WriteCommand } from '../domain/command.ts';
import type { ParentRole } from '../domain/entities.ts';
import type { FlagName, Variables } from '../domain/variables.ts';
import type { Handler } from '../pipeline/ports.ts';

/** The parents that a course may be asked to name, by the kind of the record. */
const requirements: Readonly<Record<string, readonly { role: ParentRole; variable: FlagName }[]>> = {
  template: [{ role: 'department', variable: 'require.template-department' }],
  offering: [
    { role: 'template', variable: 'require.offering-template' },
    { role: 'semester', variable: 'require.offering-semester' },
  ],
  section: [{ role: 'offering', variable: 'require.section-offering' }],
};

/**
 * Refuses courses that do not name the parents that the organization asks for, as an LMS does whose form elements
 * Department and Semester are required. An update that says nothing of parents leaves them as they are.
 */
export const requireParents: Handler = {
  name: 'require-parents',
  handle(batch, source) {
    for (const item of batch) {
      const role = missingParent(item.command, source.variables);
      if (role === undefined) continue;
      const { kind, sourcedId, at } = item.command;
      item.refusal ??= {
        code: 'incomplete_data',
        message: `The course ${kind} "${sourcedId}" names no ${role}, which this organization requires. Send it with its ${role}.`,
        field: 'parents',
        ...(at === undefined ? {} : { at }),
      };
    }
  },
};

function missingParent(command: WriteCommand, variables: Variables): ParentRole | undefined {
  if (command.entity !== 'org_unit' || !('fields' in command)) return undefined;
  const { parents } = command.fields;
  // What is added to the parents of a course, or differs from those of the one it is copied from, is not all of them.
  if (command.verb === 'update' ? parents === undefined || command.lists !== undefined : command.copyOf !== undefined)
    return undefined;
  const named = new Set((parents ?? []).map(({ role }) => role));
  return requirements[command.kind]?.find(({ role, variable }) => variables[variable] && !named.has(role))?.role;
}
