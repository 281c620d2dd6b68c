import type { WriteCommand } from '../../domain/command.ts';
import { mustExist } from '../../domain/command.ts';
import type { RoleEntry } from '../../domain/entities.ts';
import { governedBases } from '../../domain/rights.ts';
import type { ActOnOrgUnit, GovernedBase, Right } from '../../domain/rights.ts';
import { fold } from '../../domain/source-system.ts';
import type { SourceSystemOptions } from '../../domain/source-system.ts';
import { neverWished } from '../declare/wishes.ts';
import { adoptedFields, attribute, broughtFields, changedFields, restated } from './changed-fields.ts';
import { reachesOf } from './reach.ts';
import type { Target } from './target.ts';

/** The rights that a command needs; of those that say the same of it, all. */
export function neededRights(command: WriteCommand, target: Target, options: SourceSystemOptions, now: Date): Right[] {
  const far = reachesOf(command, target, now);
  return [...actsOf(command, target, options), ...far.map((reach) => `reach.${reach}` as const)];
}

/** What handlers keep from being done needs no right, nor does an update of what is not there to be updated. */
export function isIdle(command: WriteCommand, { declared }: Target): boolean {
  return neverWished(command, declared !== undefined) !== undefined || (declared === undefined && mustExist(command));
}

function actsOf(command: WriteCommand, target: Target, options: SourceSystemOptions): Right[] {
  if (isIdle(command, target)) return [];
  if (command.verb === 'delete') return deleteOf(command, target);
  if (command.entity === 'user') return actsOnUser(command, target, options);
  return command.entity === 'enrollment'
    ? actsOnEnrollment(command, target, options)
    : actsOnOrgUnit(command, target, options);
}

/** What is not mapped, and not in the LMS, is nothing that could be deleted there. */
function deleteOf({ entity }: WriteCommand, { base }: Target): Right[] {
  if (entity === 'user' || entity === 'enrollment') return [`${entity}.delete`];
  return base === undefined ? [] : [`${base}.delete`];
}

function actsOnUser(command: WriteCommand, target: Target, options: SourceSystemOptions): Right[] {
  const isCreated = target.declared === undefined;
  const isUpdated =
    command.verb === 'rename' ||
    (!isCreated && changedFields(command, target, options).length > 0) ||
    adoptedFields(command, target, options).length > 0;
  return [...(isCreated ? (['user.create'] as const) : []), ...(isUpdated ? (['user.update'] as const) : [])];
}

function actsOnEnrollment(command: WriteCommand, target: Target, options: SourceSystemOptions): Right[] {
  if (command.verb === 'rename') return ['enrollment.update'];
  if (target.declared === undefined) return ['enrollment.create'];
  const changed = changedFields(command, target, options);
  // In another org unit, or of another person, it is another enrollment: the LMS ends the one that was.
  if (changed.includes('userSourcedId') || changed.includes('orgUnit'))
    return ['enrollment.delete', 'enrollment.create'];
  if (changed.length === 0) return [];
  const was = holding(target.declared, target);
  const is = holding(restated(command, target, options) ?? {}, target);
  const acts: Right[] = [
    ...(was === 'yes' && is !== 'yes' ? (['enrollment.delete'] as const) : []),
    ...(is !== 'no' && is !== was ? (['enrollment.create'] as const) : []),
  ];
  return acts.length === 0 ? ['enrollment.update'] : acts;
}

/** Does a membership enroll, by an active entry whose role is mapped? `later` = once its role is mapped; nobody asks again then. */
function holding({ roles }: Readonly<Record<string, unknown>>, { mappedRoles }: Target): 'yes' | 'later' | 'no' {
  const active = ((roles ?? []) as readonly RoleEntry[]).filter((entry) => entry.active);
  if (active.length === 0) return 'no';
  return active.some(({ role }) => mappedRoles.has(fold(role))) ? 'yes' : 'later';
}

function actsOnOrgUnit(command: WriteCommand, target: Target, options: SourceSystemOptions): Right[] {
  const { declared, held, stated } = target;
  const bases = target.base === undefined ? governedBases : [target.base];
  // What has no code of its own is called by its sourcedId.
  if (command.verb === 'rename') return declared === undefined ? [] : bases.map((base) => `${base}.code` as const);
  const taken = [
    ...actsOn(adoptedFields(command, target, options), bases),
    ...actsOn(broughtFields(command, target, options), ['course_offering']),
  ];
  if (declared === undefined || isRetyped(command, target, options)) {
    // An LMS org unit keeps its type: under another one the LMS deletes it, and what is stated is another org unit.
    const made = stated === undefined ? governedBases : [stated.base];
    const isLeft = held !== undefined && held.id !== stated?.id;
    return [
      ...(isLeft ? [`${held.base}.delete` as const] : []),
      ...made.map((base) => `${base}.create` as const),
      ...taken,
    ];
  }
  return [...actsOn(changedFields(command, target, options), bases), ...taken];
}

/** Does it change its type to one that is another in the LMS, or to one that is not mapped? */
export function isRetyped(command: WriteCommand, target: Target, options: SourceSystemOptions): boolean {
  const { declared, held, stated } = target;
  const turns = held === undefined || held.id !== stated?.id;
  return declared !== undefined && turns && changedFields(command, target, options).includes('type');
}

function actsOn(fields: readonly string[], bases: readonly GovernedBase[]): Right[] {
  const acts = new Set(fields.flatMap(actsOnField));
  return [...acts].flatMap((act) => bases.map((base) => `${base}.${act}` as const));
}

/** Attributes are meant however they are spelled: what a SIS calls `Path` is a path. */
function actsOnField(field: string): readonly ActOnOrgUnit[] {
  if (!field.startsWith(attribute)) return actsByField[field] ?? [];
  const act = actsByAttribute[fold(field.slice(attribute.length)).replace(/[\s_.-]/gu, '')];
  return act === undefined ? [] : [act];
}

const actsByField: Readonly<Record<string, readonly ActOnOrgUnit[]>> = {
  name: ['name'],
  shortName: ['name'],
  code: ['code'],
  startsAt: ['dates'],
  endsAt: ['dates'],
  active: ['status'],
  parents: ['parents'],
  sections: ['parents'],
};

const actsByAttribute: Readonly<Record<string, ActOnOrgUnit>> = {
  path: 'path',
  locale: 'locale',
  enforcelocale: 'enforce-locale',
};
