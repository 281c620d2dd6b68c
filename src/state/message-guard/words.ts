import type { Command } from '../../domain/command.ts';
import type { WireKind } from '../../domain/entities.ts';
import type { GuardLimit, MessageGuardName } from '../../domain/guards.ts';
import type { Problem } from '../../domain/problem.ts';
import type { HeldIn, HoldFinding } from './hold-commands.ts';
import { type HeldItem, isDelete } from './held-items.ts';

const nouns: Readonly<Record<MessageGuardName, string>> = {
  removals: 'removals',
  identifiers: 'changes of identifiers',
  changes: 'changes',
};

/** Why a command is held, where, and what its sender is to do: nothing. */
export function heldProblem(
  guard: MessageGuardName,
  kind: WireKind,
  { count, of, limit, windowMinutes }: HoldFinding,
  { run, hold }: HeldIn,
): Problem {
  const message =
    `Held, not applied: with it there would be ${count} ${nouns[guard]} of the kind ${kind} within ${windowMinutes} minutes, of ${of} that are declared; ` +
    `held is ${limitWords(limit)}. An administrator approves or discards it (run ${run}, hold ${hold}). Until then the record is as it was before; ` +
    'there is nothing to send again, and whatever is sent of it later takes its place.';
  return { code: 'held_for_approval', message };
}

function limitWords({ percent, count, floor = 0 }: GuardLimit): string {
  const least = count === undefined ? undefined : Math.max(count, floor);
  const ofPercent = percent === undefined ? undefined : `more than ${percent} %`;
  const ofFloor = floor > 0 && (least === undefined || least > floor) ? ` and more than ${floor}` : '';
  if (least === undefined) return `${ofPercent ?? 'nothing'}${ofFloor}`;
  return ofPercent === undefined ? `more than ${least}` : `more than ${least}, or ${ofPercent}${ofFloor}`;
}

/** An update leaves what it does not state, and what that is nobody knows before somebody decides on what is held. */
export function heldBehind({ kind, sourcedId }: Command, { run, hold }: HeldIn): Problem {
  const message =
    `Held, not applied: an earlier change of the ${kind} "${sourcedId}" is held, which this update builds on. ` +
    `An administrator approves or discards both (run ${run}, hold ${hold}). There is nothing to send again.`;
  return { code: 'held_for_approval', message };
}

/** What was held of a record that has another sourcedId now cannot be applied any more. */
export function leftOut({ kind, sourcedId }: Command): Problem {
  const message = `What was held of the ${kind} "${sourcedId}" was left out, as it has another sourcedId now: send it again under that.`;
  return { code: 'overtaken', message };
}

/** Beside a record that is read: what its sender said last of it is not what is read. */
export function readWhileHeld({ kind, sourcedId }: Command, items: readonly HeldItem[], run: string): Problem {
  const last = items.at(-1);
  const what = last !== undefined && isDelete(last) ? 'A delete' : 'A change';
  const message =
    `${what} of the ${kind} "${sourcedId}" is held until an administrator decides (run ${run}, hold ${last?.hold ?? 0}): ` +
    'this is the record as it was accepted before.';
  return { code: 'held_for_approval', message };
}

const mostNamed = 20;

/** Beside records that are listed. */
export function listedWhileHeld(kind: WireKind, sourcedIds: readonly string[], run: string): Problem {
  const named = sourcedIds.slice(0, mostNamed).join(', ');
  const more = sourcedIds.length > mostNamed ? ` and ${sourcedIds.length - mostNamed} more` : '';
  const message =
    `Of ${sourcedIds.length} of these, changes or deletes are held until an administrator decides (run ${run}): ` +
    `they are listed as they were accepted before. Kind ${kind}: ${named}${more}.`;
  return { code: 'held_for_approval', message };
}
