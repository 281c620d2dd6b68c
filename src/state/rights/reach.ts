import { isPairDelete, statesFields } from '../../domain/command.ts';
import type { WriteCommand } from '../../domain/command.ts';
import type { Reach } from '../../domain/rights.ts';
import { lentBy } from './seen.ts';
import type { Target, TargetUnit } from './target.ts';

/** How far a command reaches: into the org unit that it states, and into the one that it leaves. */
export function reachesOf(command: WriteCommand, target: Target, now: Date): Reach[] {
  const isEnrollment = command.entity === 'enrollment';
  const reaches = unitsOf(command, target).flatMap((unit) => reachOf(unit, isEnrollment, now));
  return [...new Set([...(target.isPlaced ? [] : unknownReach(command)), ...reaches])];
}

/** A delete of what is not there leaves nothing; one by pair is about the pair, whatever was declared under its own id. */
function unitsOf(command: WriteCommand, target: Target): readonly TargetUnit[] {
  const { declared, units, left } = target;
  if (command.entity === 'org_unit') return [...units, ...lentBefore(command, target)];
  if (command.entity !== 'enrollment' || statesFields(command)) return [...units, ...left];
  return declared === undefined && !isPairDelete(command) ? [] : units;
}

/** A section is stated into the offering that it names, as far as it says nothing itself. */
function lentBefore(command: WriteCommand, { declared, comesUnder }: Target): TargetUnit[] {
  if (comesUnder === undefined || command.entity !== 'org_unit' || !statesFields(command)) return [];
  return [lentBy(comesUnder, { ...(command.verb === 'update' ? declared : {}), ...command.fields })];
}

/**
 * How far an enrollment reaches whose org unit is not known yet: as far as one of its kind can. Once the org unit is there,
 * nobody asks again.
 */
function unknownReach(command: WriteCommand): Reach[] {
  if (command.entity !== 'enrollment' || !statesFields(command)) return [];
  const kind = command.fields.orgUnit?.kind ?? null;
  return [
    ...(kind === null || kind === 'section' ? (['sections'] as const) : []),
    ...(kind === null || kind === 'group' ? (['groups'] as const) : []),
    ...(kind === 'template' ? [] : (['inactive', 'past', 'future'] as const)),
  ];
}

/** A course that ended, has not begun or is inactive is reached by a right of its own. */
export function reachOf({ base, seen }: TargetUnit, isEnrollment: boolean, now: Date): Reach[] {
  const reaches: Reach[] = [];
  if (isEnrollment && base === 'course_section') reaches.push('sections');
  if (isEnrollment && base === 'group') reaches.push('groups');
  if (base !== 'course_offering' && base !== 'course_section') return reaches;
  if (seen === undefined) return isEnrollment ? [...reaches, 'inactive', 'past', 'future'] : reaches;
  if (!seen.active) reaches.push('inactive');
  if (seen.endsAt !== undefined && new Date(seen.endsAt) < now) reaches.push('past');
  if (seen.startsAt !== undefined && new Date(seen.startsAt) > now) reaches.push('future');
  return reaches;
}
