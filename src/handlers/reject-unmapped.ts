import { statesFields } from '../domain/command.ts';
import type { WriteCommand } from '../domain/command.ts';
import { literalOrgUnitTypes } from '../domain/entities.ts';
import { fold } from '../domain/source-system.ts';
import type { Problem } from '../domain/problem.ts';
import type { Handler, SourceSystem } from '../pipeline/ports.ts';

/**
 * Option `unmapped: reject` (rule 9): refuses records with a role or org unit type that is not mapped, as IPSIS does.
 * Without it they are declared and wait.
 */
export const rejectUnmapped: Handler = {
  name: 'reject-unmapped',
  handle(batch, source) {
    if (source.options.unmapped !== 'reject') return;
    for (const item of batch) {
      const problem = unmapped(item.command, source);
      if (problem !== undefined) item.refusal ??= problem;
    }
  },
};

function unmapped(command: WriteCommand, source: SourceSystem): Problem | undefined {
  if (!statesFields(command)) return undefined;
  switch (command.entity) {
    case 'user':
      return unmappedRole(projectedRole(command.fields.roles ?? []), source, command.at);
    case 'enrollment':
      return unmappedRole(
        (command.fields.roles ?? []).map(({ role }) => role),
        source,
        command.at,
      );
    case 'org_unit':
      return command.fields.type === undefined ? undefined : unmappedType(command.fields.type, source, command.at);
    case 'association':
      return unmappedType(literalOrgUnitTypes.association, source, command.at);
  }
}

/** Only the primary institution role (else the first) is projected. */
function projectedRole(roles: readonly { role: string; primary: boolean }[]): string[] {
  const chosen = roles.find(({ primary }) => primary) ?? roles[0];
  return chosen === undefined ? [] : [chosen.role];
}

function unmappedRole(roles: readonly string[], source: SourceSystem, at: string | undefined): Problem | undefined {
  const role = roles.find((name) => !source.roles.has(fold(name)));
  if (role === undefined) return undefined;
  return {
    code: 'unmapped_role',
    message: `The role "${role}" is not mapped for the source system ${source.code}; the record was refused.`,
    ...(at === undefined ? {} : { at }),
  };
}

function unmappedType(type: string, source: SourceSystem, at: string | undefined): Problem | undefined {
  if (source.orgUnitTypes.has(fold(type))) return undefined;
  return {
    code: 'unmapped_type',
    message: `The org unit type "${type}" is not mapped for the source system ${source.code}; the record was refused.`,
    ...(at === undefined ? {} : { at }),
  };
}
