import type { WriteCommand } from '../../domain/command.ts';
import { listChange, mustExist, statesFields } from '../../domain/command.ts';
import { literalOrgUnitTypes } from '../../domain/entities.ts';
import type { WireKind } from '../../domain/entities.ts';
import { governedBases } from '../../domain/rights.ts';
import type { ActOnOrgUnit, Right } from '../../domain/rights.ts';
import type { SourceSystemOptions } from '../../domain/source-system.ts';
import { isSame } from '../declare/restate.ts';
import { neverWished, restateAsWished } from '../declare/wishes.ts';
import { reachesOf } from './reach.ts';
import type { Target } from './target.ts';

/** The rights that a command needs; of those that say the same of it, all. */
export function neededRights(command: WriteCommand, target: Target, options: SourceSystemOptions, now: Date): Right[] {
  const far = reachesOf(command, target, now);
  return [...actsOf(command, target, options), ...far.map((reach) => `reach.${reach}` as const)];
}

/** Does the delete take along what depends on it (docs/projection.md 8)? */
export function takesAlong({ verb, wishes }: WriteCommand, { dependants }: SourceSystemOptions): boolean {
  return verb === 'delete' && (wishes?.cascade !== undefined || dependants === 'forget');
}

function actsOf(command: WriteCommand, target: Target, options: SourceSystemOptions): Right[] {
  const { declared } = target;
  // What handlers keep from being done needs no right, nor does an update of what is not there to be updated.
  if (neverWished(command, declared !== undefined) !== undefined) return [];
  if (declared === undefined && mustExist(command)) return [];
  if (command.verb === 'delete') return [...deleteOf(command, target), ...takenAlong(command, options)];
  if (command.entity === 'user') {
    if (command.verb === 'rename') return ['user.update'];
    if (declared === undefined) return ['user.create'];
    return changedFields(command, declared, options).length === 0 ? [] : ['user.update'];
  }
  return command.entity === 'enrollment'
    ? actsOnEnrollment(command, target, options)
    : actsOnOrgUnit(command, target, options);
}

function actsOnEnrollment(command: WriteCommand, { declared }: Target, options: SourceSystemOptions): Right[] {
  if (command.verb === 'rename') return ['enrollment.update'];
  if (declared === undefined) return ['enrollment.create'];
  const changed = changedFields(command, declared, options);
  // In another org unit, or of another person, it is another enrollment: the LMS ends the one that was.
  if (changed.includes('userSourcedId') || changed.includes('orgUnit'))
    return ['enrollment.delete', 'enrollment.create'];
  return changed.length === 0 ? [] : ['enrollment.update'];
}

function actsOnOrgUnit(command: WriteCommand, target: Target, options: SourceSystemOptions): Right[] {
  const { declared, held, stated } = target;
  const bases = target.base === undefined ? governedBases : [target.base];
  // What has no code of its own is called by its sourcedId.
  if (command.verb === 'rename') return declared === undefined ? [] : bases.map((base) => `${base}.code` as const);
  const turns = held === undefined || held.id !== stated?.id;
  const changed = declared === undefined ? [] : changedFields(command, declared, options);
  if (declared === undefined || (turns && changed.includes('type'))) {
    // An LMS org unit keeps its type: under another one the LMS deletes it, and what is stated is another org unit.
    const made = stated === undefined ? governedBases : [stated.base];
    return [
      ...(turns && held !== undefined ? [`${held.base}.delete` as const] : []),
      ...made.map((base) => `${base}.create` as const),
    ];
  }
  const acts = new Set(changed.flatMap((field) => actsByField[field] ?? []));
  return [...acts].flatMap((act) => bases.map((base) => `${base}.${act}` as const));
}

/** What is not mapped, and not in the LMS, is nothing that could be deleted there. */
function deleteOf({ entity }: WriteCommand, { base }: Target): Right[] {
  if (entity === 'user' || entity === 'enrollment') return [`${entity}.delete`];
  return base === undefined ? [] : [`${base}.delete`];
}

/** What a delete takes along must be the source system's to delete, whether there is some or not. */
function takenAlong(command: WriteCommand, options: SourceSystemOptions): readonly Right[] {
  const { kind, wishes } = command;
  if (!takesAlong(command, options)) return [];
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
  // LIS gives the type of an association no word: it has always the same.
  const type = command.entity === 'association' ? { type: literalOrgUnitTypes.association } : {};
  const stated: Record<string, unknown> = { ...type, ...command.fields };
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
