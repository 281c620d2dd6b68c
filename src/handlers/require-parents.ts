import type { ParentRole } from '../domain/entities.ts';
import type { FlagName } from '../domain/variables.ts';
import { wish } from '../pipeline/plugins/index.ts';
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
 * Wishes that courses name the parents that the organization asks for, as an LMS does whose form elements Department and
 * Semester are required. An update that says nothing of parents leaves them as they are.
 */
export const requireParents: Handler = {
  name: 'require-parents',
  handle(batch, { variables }) {
    for (const item of batch) {
      const { command } = item;
      if (command.entity !== 'org_unit' || !('fields' in command)) continue;
      if (command.verb === 'update' && command.fields.parents === undefined) continue;
      const required = (requirements[command.kind] ?? []).filter(({ variable }) => variables[variable]);
      if (required.length > 0) item.command = wish(command, { namesParents: required.map(({ role }) => role) });
    }
  },
};
