import { listChange, statesFields } from '../../domain/command.ts';
import type { Command, UpdateCommand } from '../../domain/command.ts';
import { overfullList } from '../../domain/entry-limits.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { outcomeBase, overfullWithOthers } from '../standing.ts';
import { tooMuch } from '../answer-budget.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { changeLists } from './change-lists.ts';
import { completeCopy, type Copy, copiedKey, isCopy, readOriginals } from './copy.ts';

/** A command and where its outcome goes. */
interface Answerable {
  readonly command: Command;
  /** The command as it came, where the lists of the row that is there complete it. */
  readonly stated?: Command;
  answer(outcome: Outcome): void;
}

/**
 * Commands that are made of other rows become ones that state all themselves: copies (the fields of another row, under what
 * they state), memberships with entries added or removed. Those of unknown rows are answered and left out. Most batches have
 * none, and pay nothing.
 */
export async function completeCommands<S extends Answerable>(
  lane: Lane,
  source: LaneSource,
  steps: readonly S[],
): Promise<readonly S[]> {
  const copies = steps.map(({ command }) => command).filter(isCopy);
  const changed = steps.filter(({ command }) => changesListsOfMembership(command));
  if (copies.length + changed.length === 0) return steps;
  const originals = await readOriginals(lane, source.id, copies);
  const memberships = await readMemberships(
    lane,
    source.id,
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
      else return fitting(step, completeCopy(command, original.fields, originals, source));
      return [];
    }
    if (!changesListsOfMembership(command)) return [step];
    const { lists, ...update } = command;
    const fields = changeLists(memberships.get(command.sourcedId) ?? {}, command.fields, lists);
    return fitting({ ...step, stated: command }, { ...update, fields });
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
