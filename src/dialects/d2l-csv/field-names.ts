import type { WireKind } from '../../domain/entities.ts';

const ofOrgUnits: Readonly<Record<string, string>> = {
  type: 'type',
  code: 'code',
  'parents.department': 'department_code',
  'parents.template': 'template_code',
  'parents.semester': 'semester_code',
  'parents.offering': 'offering_code',
  'parents.parent': 'custom_code',
};

const ofPersons: Readonly<Record<string, string>> = {
  userName: 'username',
  orgDefinedId: 'org_defined_id',
  roles: 'role_name',
  relations: 'relationships',
};

const ofMemberships: Readonly<Record<string, string>> = {
  userSourcedId: 'child_code',
  orgUnit: 'parent_code',
  roles: 'role_name',
};

/** The column of a field. */
export function fieldNameOf(kind: WireKind, field: string): string | undefined {
  const names = kind === 'person' ? ofPersons : kind === 'membership' ? ofMemberships : ofOrgUnits;
  return names[field];
}
