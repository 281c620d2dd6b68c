import type { RecordCommand } from '../../src/domain/command.ts';
import type {
  AssociationFields,
  EnrollmentFields,
  OrgUnitFields,
  OrgUnitWireKind,
  ParentReference,
  ParentRole,
  RoleEntry,
  UserFields,
} from '../../src/domain/entities.ts';
import { literalOrgUnitTypes } from '../../src/domain/entities.ts';

/** Commands in short, as tests say them. */

export function person(sourcedId: string, fields: UserFields = {}): RecordCommand {
  return { entity: 'user', kind: 'person', verb: 'replace', sourcedId, fields };
}

export function group(sourcedId: string, type: string, fields: Omit<OrgUnitFields, 'type'> = {}): RecordCommand {
  return { entity: 'org_unit', kind: 'group', verb: 'replace', sourcedId, fields: { type, ...fields } };
}

/** A template, offering or section, with the literal type of its kind. */
export function course(
  kind: 'template' | 'offering' | 'section',
  sourcedId: string,
  fields: Partial<OrgUnitFields> = {},
): RecordCommand {
  const stated = { type: literalOrgUnitTypes[kind], ...fields };
  return { entity: 'org_unit', kind, verb: 'replace', sourcedId, fields: stated };
}

export function association(sourcedId: string, sections: string[], fields: AssociationFields = {}): RecordCommand {
  return { entity: 'association', kind: 'association', verb: 'replace', sourcedId, fields: { sections, ...fields } };
}

export function membership(
  sourcedId: string,
  userSourcedId: string,
  orgUnit: EnrollmentFields['orgUnit'],
  ...roles: (string | Partial<RoleEntry>)[]
): RecordCommand {
  const entries = (roles.length === 0 ? ['Learner'] : roles).map((role) =>
    typeof role === 'string' ? { role, active: true } : { role: 'Learner', active: true, ...role },
  );
  const fields = { userSourcedId, orgUnit, roles: entries };
  return { entity: 'enrollment', kind: 'membership', verb: 'replace', sourcedId, fields };
}

export function inUnit(kind: OrgUnitWireKind | null, sourcedId: string): EnrollmentFields['orgUnit'] {
  return { kind, sourcedId };
}

export function under(
  role: ParentRole,
  kind: OrgUnitWireKind | null,
  sourcedId: string,
  name?: string,
): ParentReference {
  return { role, kind, sourcedId, ...(name === undefined ? {} : { name }) };
}

/** The same object, but only what it names is changed. */
export function update(command: RecordCommand): RecordCommand {
  return { ...command, verb: 'update' } as RecordCommand;
}

export function remove(command: Pick<RecordCommand, 'entity' | 'kind' | 'sourcedId'>): RecordCommand {
  const { entity, kind, sourcedId } = command;
  return { entity, kind, sourcedId, verb: 'delete' } as RecordCommand;
}
