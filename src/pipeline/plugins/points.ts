import type { Command } from '../../domain/command.ts';
import type { OrgUnitBase, WireKind } from '../../domain/entities.ts';
import {
  handledEntities,
  type HandledEntity,
  handledVerbs,
  type HandledVerb,
  type HandlePoint,
  type ListEntry,
} from '../../domain/extension-points.ts';
import { fold } from '../../domain/source-system.ts';
import type { SourceSystem } from '../ports.ts';

/** A list that is shipped: in force where nobody chose another, or to be chosen by its name. */
export interface Template {
  readonly name: string;
  readonly summary: string;
  readonly entries: readonly ListEntry[];
}

/** An extension point with an ordered list. */
export interface ListPoint {
  readonly name: string;
  readonly kind: 'handle' | 'translate';
  readonly summary: string;
  /** Of each of these sets one entry at least must be in the list. */
  readonly oneOf?: readonly (readonly string[])[];
  readonly templates: readonly Template[];
  /** The name of the template that is in force while nobody chose a list. */
  standard(source: Pick<SourceSystem, 'options'>): string;
}

const entityOfKind: Readonly<Record<Exclude<WireKind, 'group'>, HandledEntity>> = {
  person: 'user',
  template: 'course_template',
  offering: 'course_offering',
  section: 'course_section',
  association: 'section_association',
  membership: 'enrollment',
};

const verbOf: Readonly<Record<Command['verb'], HandledVerb | undefined>> = {
  replace: 'replace',
  update: 'replace',
  delete: 'delete',
  read: 'read',
  // Neither states, deletes nor reads a record of its own key.
  rename: undefined,
  list: undefined,
};

/**
 * The extension point that handles a command; undefined for one that has none. A group is a semester, a department or
 * another org unit by what its type is mapped to.
 *
 * @param groupType the SIS type of a group that the command does not state
 */
export function pointOf(command: Command, source: SourceSystem, groupType?: string): HandlePoint | undefined {
  const verb = verbOf[command.verb];
  if (verb === undefined) return undefined;
  const { kind } = command;
  const entity = kind === 'group' ? familyOf(statedType(command) ?? groupType, source) : entityOfKind[kind];
  return pointNames[entity][verb];
}

/** Names put together anew for each record of a file would cost as much as its handlers do. */
const pointNames = Object.fromEntries(
  handledEntities.map((entity) => [
    entity,
    Object.fromEntries(handledVerbs.map((verb) => [verb, `handle.${entity}.${verb}`])),
  ]),
) as Record<HandledEntity, Record<HandledVerb, HandlePoint>>;

/** Does the command leave open of which type its group is? */
export function needsType(command: Command): boolean {
  return command.kind === 'group' && verbOf[command.verb] !== undefined && statedType(command) === undefined;
}

function statedType(command: Command): string | undefined {
  if (command.entity !== 'org_unit' || (command.verb !== 'replace' && command.verb !== 'update')) return undefined;
  return command.fields.type;
}

const families: Partial<Record<OrgUnitBase, HandledEntity>> = { semester: 'semester', department: 'department' };

function familyOf(type: string | undefined, source: SourceSystem): HandledEntity {
  const base = type === undefined ? undefined : source.orgUnitTypes.get(fold(type));
  return (base && families[base]) ?? 'org_unit';
}
