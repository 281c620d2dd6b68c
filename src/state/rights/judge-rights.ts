import type { WriteCommand } from '../../domain/command.ts';
import { listChange, statesFields } from '../../domain/command.ts';
import type { WireKind } from '../../domain/entities.ts';
import type { ActOnOrgUnit, GovernedBase, Reach, Right } from '../../domain/rights.ts';
import type { SourceSystemOptions } from '../../domain/source-system.ts';
import { isSame } from '../declare/restate.ts';
import { neverWished, restateAsWished } from '../declare/wishes.ts';

/** What a command meets: the declared row of its key, and the org unit that it is about or that the membership is in. */
export interface Target {
  /** The declared fields; undefined = nothing is declared, or it was deleted. */
  readonly declared?: Readonly<Record<string, unknown>>;
  readonly unit?: TargetUnit;
}

export interface TargetUnit {
  readonly base: GovernedBase;
  /** As the LMS sees it; undefined = the LMS has none yet. */
  readonly seen?: {
    readonly active: boolean;
    readonly startsAt: string | undefined;
    readonly endsAt: string | undefined;
  };
}

/** The rights that a command needs; of those that say the same of it, all. */
export function neededRights(command: WriteCommand, target: Target, options: SourceSystemOptions, now: Date): Right[] {
  const { unit } = target;
  const far = unit === undefined ? unknownReach(command) : reachOf(unit, command.entity === 'enrollment', now);
  return [...actsOf(command, target, options), ...far.map((reach) => `reach.${reach}` as const)];
}

function actsOf(command: WriteCommand, { declared, unit }: Target, options: SourceSystemOptions): Right[] {
  // What handlers keep from being done needs no right.
  if (neverWished(command, declared !== undefined) !== undefined) return [];
  if (command.verb === 'delete') return [...deleteOf(command, unit), ...takenAlong(command, options)];
  if (command.entity === 'user' || command.entity === 'enrollment') {
    if (command.verb === 'rename') return [`${command.entity}.update`];
    if (declared === undefined) return [`${command.entity}.create`];
    return changedFields(command, declared, options).length === 0 ? [] : [`${command.entity}.update`];
  }
  const base = unit?.base ?? 'other';
  // What has no code of its own is called by its sourcedId.
  if (command.verb === 'rename') return [`${base}.code`];
  if (declared === undefined) return [`${base}.create`];
  const acts = changedFields(command, declared, options).flatMap((field) => actsByField[field] ?? []);
  return [...new Set(acts)].map((act) => `${base}.${act}` as const);
}

function deleteOf({ entity }: WriteCommand, unit: TargetUnit | undefined): Right[] {
  return [`${entity === 'user' || entity === 'enrollment' ? entity : (unit?.base ?? 'other')}.delete`];
}

/** What a delete takes along must be the source system's to delete, whether there is some or not. */
function takenAlong({ kind, wishes }: WriteCommand, { dependants }: SourceSystemOptions): readonly Right[] {
  if (wishes?.cascade === undefined && dependants !== 'forget') return [];
  const below = belowKind[kind] ?? [];
  return wishes?.cascade?.includes('department') === true ? ['course_template.delete', ...below] : below;
}

const belowSection = ['enrollment.delete'] as const;
const belowOffering = ['course_section.delete', ...belowSection] as const;
const belowTemplate = ['course_offering.delete', ...belowOffering] as const;
const belowKind: Partial<Record<WireKind, readonly Right[]>> = {
  person: belowSection,
  association: belowSection,
  section: belowSection,
  offering: belowOffering,
  template: belowTemplate,
  group: belowTemplate,
};

const actsByField: Readonly<Record<string, readonly ActOnOrgUnit[]>> = {
  name: ['name'],
  shortName: ['name'],
  code: ['code'],
  startsAt: ['dates'],
  endsAt: ['dates'],
  active: ['status'],
  parents: ['parents'],
  sections: ['parents'],
  'attributes.path': ['path'],
  'attributes.locale': ['locale'],
  'attributes.enforceLocale': ['enforce-locale'],
};

/** The fields whose values would differ afterwards, attributes one by one. */
function changedFields(
  command: WriteCommand,
  declared: Readonly<Record<string, unknown>>,
  { overwrite }: SourceSystemOptions,
): string[] {
  if (!statesFields(command)) return [];
  const stated = { ...command.fields } as Record<string, unknown>;
  const kept = command.entity === 'enrollment' ? 'yes' : overwrite[command.entity === 'user' ? 'user' : 'orgUnit'];
  const before = flat(declared);
  const after = flat(
    restateAsWished({ fields: { ...declared }, there: true }, command, stated, kept, listChange(command)),
  );
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (field) => !isSame(before[field] ?? null, after[field] ?? null),
  );
}

function flat({ attributes, ...fields }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = Object.entries((attributes ?? {}) as Record<string, unknown>);
  return { ...fields, ...Object.fromEntries(own.map(([name, value]) => [`attributes.${name}`, value])) };
}

/**
 * How far an enrollment reaches whose org unit is not known yet: as far as one of its kind can. Once the org unit is there,
 * nobody asks again.
 */
function unknownReach(command: WriteCommand): Reach[] {
  if (command.entity !== 'enrollment' || command.verb === 'delete' || !statesFields(command)) return [];
  const kind = command.fields.orgUnit?.kind ?? null;
  return [
    ...(kind === null || kind === 'section' ? (['sections'] as const) : []),
    ...(kind === null || kind === 'group' ? (['groups'] as const) : []),
    ...(kind === 'group' || kind === 'template' ? [] : (['inactive', 'past', 'future'] as const)),
  ];
}

/** A course that ended, has not begun or is inactive is reached by a right of its own. */
function reachOf({ base, seen }: TargetUnit, isEnrollment: boolean, now: Date): Reach[] {
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
