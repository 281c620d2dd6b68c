import { orgUnitBases, type OrgUnitBase } from './entities.ts';

/**
 * What a source system may do, as an LMS grants it to the user that a SIS signs in as: for each base of org unit types, for
 * users, for enrollments, for grades, and how far it reaches. It has all rights but those that its option `withheldRights` names.
 */
const actsOnOrgUnits = [
  'create',
  'delete',
  'name',
  'code',
  'path',
  'locale',
  'enforce-locale',
  'dates',
  'status',
  'parents',
] as const;
export type ActOnOrgUnit = (typeof actsOnOrgUnits)[number];

const acts = ['create', 'update', 'delete'] as const;
const reaches = ['inactive', 'past', 'future', 'sections', 'groups'] as const;
export type Reach = (typeof reaches)[number];

/** Bases whose org units messages may concern; the organization itself is nobody's to send. */
export type GovernedBase = Exclude<OrgUnitBase, 'organization'>;
export const governedBases: readonly GovernedBase[] = orgUnitBases.filter(
  (base): base is GovernedBase => base !== 'organization',
);

export type Right =
  | `${GovernedBase}.${ActOnOrgUnit}`
  | `${'user' | 'enrollment'}.${(typeof acts)[number]}`
  | `grades.${'read' | 'write'}`
  | `reach.${Reach}`;

export const rights: readonly Right[] = [
  ...governedBases.flatMap((base) => actsOnOrgUnits.map((act) => `${base}.${act}` as const)),
  ...(['user', 'enrollment'] as const).flatMap((entity) => acts.map((act) => `${entity}.${act}` as const)),
  'grades.read',
  'grades.write',
  ...reaches.map((reach) => `reach.${reach}` as const),
];
