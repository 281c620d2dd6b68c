import { listChange, statesFields } from '../../domain/command.ts';
import type { Command, ReplaceCommand, UpdateCommand } from '../../domain/command.ts';
import type { ParentReference } from '../../domain/entities.ts';
import { overfullList } from '../../domain/entry-limits.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { outcomeBase, overfullWithOthers } from '../standing.ts';
import { tooMuch } from '../answer-budget.ts';
import type { Lane } from '../lane.ts';
import { readFields } from '../read-declared.ts';
import { changeLists } from './change-lists.ts';

/** A command and where its outcome goes. */
interface Answerable {
  readonly command: Command;
  answer(outcome: Outcome): void;
}

/**
 * Commands that are made of other rows become ones that state all themselves: copies (the fields of another row, under what
 * they state), memberships with entries added or removed. Those of unknown rows are answered and left out. Most batches have
 * none, and pay nothing.
 */
export async function completeCommands<S extends Answerable>(
  lane: Lane,
  sourceSystemId: number,
  steps: readonly S[],
): Promise<readonly S[]> {
  const copies = steps.flatMap((step) => (isCopy(step.command) ? [copiedKey(step.command)] : []));
  const changed = steps.filter(({ command }) => changesListsOfMembership(command));
  if (copies.length + changed.length === 0) return steps;
  const originals = await readFields(lane, sourceSystemId, copies);
  const memberships = await readMemberships(
    lane,
    sourceSystemId,
    changed.map(({ command }) => command.sourcedId),
  );
  return steps.flatMap((step): S[] => {
    const { command } = step;
    if (isCopy(command)) {
      const { kind, sourcedId } = copiedKey(command);
      const original = originals.get(`${kind} ${sourcedId}`);
      if (original === undefined) step.answer(nothingToCopy(command));
      else if (original === 'beyond')
        step.answer({ ...outcomeBase(command), status: 'rejected', problems: [tooMuch(command.at)] });
      else return fitting(step, copyOf(command, original.fields));
      return [];
    }
    if (!changesListsOfMembership(command)) return [step];
    const { lists, ...update } = command;
    const fields = changeLists(memberships.get(command.sourcedId) ?? {}, command.fields, lists);
    return fitting(step, { ...update, fields });
  });
}

/** The step with its completed command, or its refusal where a list of that has become too long. */
function fitting<S extends Answerable>(step: S, command: Command): S[] {
  const field = statesFields(command) ? overfullList(command.fields as Record<string, unknown>) : undefined;
  if (field === undefined) return [{ ...step, command }];
  const problems = [overfullWithOthers(field, command.at)];
  step.answer({ ...outcomeBase(command), status: 'rejected', problems });
  return [];
}

type Copy = ReplaceCommand & { copyOf: string };

export function isCopy(command: Command): command is Copy {
  return command.verb === 'replace' && command.copyOf !== undefined;
}

/** The key of the row that a copy is made of. */
export function copiedKey({ kind, copyOf }: Copy): Pick<Command, 'kind' | 'sourcedId'> {
  return { kind, sourcedId: copyOf };
}

/** What is stated differs; attributes by their names, parents by their roles. */
function copyOf(command: Copy, original: Readonly<Record<string, unknown>>): Command {
  const stated = command.fields as Record<string, unknown>;
  const fields: Record<string, unknown> = {
    ...original,
    ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)),
  };
  if (stated.attributes != null) fields.attributes = { ...(original.attributes ?? {}), ...stated.attributes };
  if (stated.parents != null) {
    const parents = stated.parents as ParentReference[];
    const roles = new Set(parents.map(({ role }) => role));
    const others = ((original.parents ?? []) as ParentReference[]).filter(({ role }) => !roles.has(role));
    fields.parents = [...others, ...parents];
  }
  return { ...command, fields } as Command;
}

function nothingToCopy(command: Copy): Outcome {
  const { kind, copyOf: original, at } = command;
  const message = `No ${kind} is known under the sourcedId "${original}", of which this was to be a copy; nothing was written.`;
  return {
    ...outcomeBase(command),
    status: 'rejected',
    problems: [{ code: 'unknown_object', message, ...(at === undefined ? {} : { at }) }],
  };
}

function changesListsOfMembership(command: Command): command is UpdateCommand<'enrollment'> {
  return command.entity === 'enrollment' && statesFields(command) && listChange(command) !== undefined;
}

/** The lists of memberships, deleted ones too: an update of what was deleted brings them back. */
async function readMemberships(
  lane: Lane,
  sourceSystemId: number,
  sourcedIds: readonly string[],
): Promise<Map<string, Record<string, unknown>>> {
  if (sourcedIds.length === 0) return new Map();
  const { rows } = await lane.client.query<{ sourced_id: string; roles: unknown; attributes: unknown }>({
    name: 'declared_enrollment_lists',
    text: `select d.*
             from unnest($3::text[]) as k(sourced_id)
             cross join lateral (select d.sourced_id, d.roles, d.attributes from declared_enrollment d
                                  where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id limit 1) d`,
    values: [lane.organizationId, sourceSystemId, sourcedIds],
  });
  return new Map(rows.map(({ sourced_id: id, roles, attributes }) => [id, { roles, attributes }]));
}
