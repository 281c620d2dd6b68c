/**
 * The kinds of things a source system speaks of. A sourcedId is unique per wire kind only (LIS 2.0 ids are unique per
 * service), so a declared row's key is organization, source system, wire kind and sourcedId (rule 4).
 */
export const wireKinds = ['person', 'group', 'template', 'offering', 'section', 'association', 'membership'] as const;
export type WireKind = (typeof wireKinds)[number];

/** The wire kinds that become org units. A section association becomes one too: the combined offering. */
export const orgUnitWireKinds = ['group', 'template', 'offering', 'section', 'association'] as const;
export type OrgUnitWireKind = (typeof orgUnitWireKinds)[number];

/** What a command is about. */
export const entityKinds = ['user', 'org_unit', 'association', 'enrollment'] as const;
export type EntityKind = (typeof entityKinds)[number];

/** What an LMS org unit type behaves like; an organization's own types are each based on one of these. */
export const orgUnitBases = [
  'organization',
  'department',
  'semester',
  'course_template',
  'course_offering',
  'course_section',
  'group',
  'other',
] as const;
export type OrgUnitBase = (typeof orgUnitBases)[number];

/**
 * The literal SIS type strings of the four LIS kinds that carry no type of their own (IPSIS org unit type mapping).
 * They are mapped like any other type, so sections can become offerings by one edit of the map.
 */
export const literalOrgUnitTypes = {
  template: 'CourseTemplate',
  offering: 'CourseOffering',
  section: 'CourseSection',
  association: 'SectionAssociation',
} as const;

/** Absent = leave (in an update) or not stated (in a replace); null = stated as empty. */
export type Stated<T> = T | null;

export interface InstitutionRole {
  role: string;
  primary: boolean;
}

/** What another person is to the one who states it: LIS `agent`, IPSIS auditors, parents and guardians. */
export const relationKinds = ['auditor', 'parent', 'guardian', 'relative'] as const;
export type RelationKind = (typeof relationKinds)[number];

/** The person `sourcedId` is the parent (auditor...) of the one who states it. */
export interface Relation {
  kind: RelationKind;
  sourcedId: string;
}

/** What a source system may state of a person. Passwords and birth dates are never carried past translation. */
export interface UserFields {
  orgDefinedId?: Stated<string>;
  userName?: Stated<string>;
  formattedName?: Stated<string>;
  givenName?: Stated<string>;
  middleName?: Stated<string>;
  familyName?: Stated<string>;
  namePrefix?: Stated<string>;
  nameSuffix?: Stated<string>;
  nickname?: Stated<string>;
  preferredGivenName?: Stated<string>;
  preferredFamilyName?: Stated<string>;
  /** The family name as lists are sorted by it: `Berg` of `van der Berg`. */
  sortFamilyName?: Stated<string>;
  /** As the person writes them: `they/them`. */
  pronouns?: Stated<string>;
  email?: Stated<string>;
  /** false = the SIS says the person is inactive (extension field IsActive). */
  active?: Stated<boolean>;
  /** Institution roles in the SIS's own words; the primary one (else the first) is mapped to an LMS role. */
  roles?: Stated<InstitutionRole[]>;
  /** All of those who audit, or are parents or guardians of, the person: one that is left out is removed. */
  relations?: Stated<Relation[]>;
  /** Extension fields, by name. */
  attributes?: Stated<Record<string, string>>;
}

/** How a course or group refers to another org unit. `section -> offering` and `offering -> template` are required to be there. */
export const parentRoles = ['parent', 'department', 'semester', 'template', 'offering'] as const;
export type ParentRole = (typeof parentRoles)[number];

export interface ParentReference {
  role: ParentRole;
  /** null = any kind: a unique match is taken, several wait `ambiguous` (rule 4). */
  kind: OrgUnitWireKind | null;
  sourcedId: string;
  /** What the referring record calls it (LIS org/orgName); names a placeholder until its own message comes. */
  name?: string;
}

/** What a source system may state of a group, course template, course offering or course section. Dates are as `Date.toISOString()` writes them. */
export interface OrgUnitFields {
  /** The SIS's own type string (`TERM`, `DEPARTMENT`, or a literal of the four LIS kinds). */
  type: string;
  code?: Stated<string>;
  name?: Stated<string>;
  shortName?: Stated<string>;
  description?: Stated<string>;
  active?: Stated<boolean>;
  startsAt?: Stated<string>;
  endsAt?: Stated<string>;
  parents?: Stated<ParentReference[]>;
  attributes?: Stated<Record<string, string>>;
}

export interface RoleEntry {
  role: string;
  subRole?: string;
  /** An inactive entry supports nothing (rule 10). */
  active: boolean;
  startsAt?: string;
  endsAt?: string;
}

/** What a source system may state of a membership. */
export interface EnrollmentFields {
  userSourcedId: string;
  orgUnit: { kind: OrgUnitWireKind | null; sourcedId: string };
  roles: RoleEntry[];
  attributes?: Stated<Record<string, string>>;
}

/** What a source system may state of a section association: a combined offering and the full list of its sections. */
export interface AssociationFields {
  code?: Stated<string>;
  name?: Stated<string>;
  active?: Stated<boolean>;
  sections?: Stated<string[]>;
  attributes?: Stated<Record<string, string>>;
}

export interface EntityFields {
  user: UserFields;
  org_unit: OrgUnitFields;
  association: AssociationFields;
  enrollment: EnrollmentFields;
}
