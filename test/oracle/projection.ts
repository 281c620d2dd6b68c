import type { LmsState } from './model/state.ts';

/**
 * What the LMS sees, in names instead of LMS ids: an LMS object is called by the declared rows that are linked to it
 * (`A/person/P1 + B/person/P1`), an enrollment by `user @ org unit`.
 */
export type Projection = {
  users: Record<string, UserView>;
  orgUnits: Record<string, OrgUnitView>;
  enrollments: Record<string, EnrollmentView>;
  relations: Record<string, RelationView>;
  /** Why declared rows that are there are not, or not wholly, projected. */
  waits: Record<string, string>;
  /** Declared rows and placeholders of users and org units that are projected now. */
  live: string[];
};

/** Only the state is compared of what no row is live for: the rest is what it last was. */
export type UserView = { state: LmsState; seen?: SeenUser };
export type SeenUser = {
  userName: string | null;
  orgDefinedId: string | null;
  role: string | null;
  fields: Record<string, unknown>;
};

export type OrgUnitView = { state: LmsState; type: string; seen?: SeenOrgUnit };
export type SeenOrgUnit = { code: string; parents: string[]; fields: Record<string, unknown> };

/** Named `user has kind agent`. */
export type RelationView = { ended: boolean };

export type EnrollmentView = { ended: true } | SeenEnrollment;
export type SeenEnrollment = {
  role: string;
  subRole: string | null;
  startsAt: string | null;
  endsAt: string | null;
  inactive: boolean;
};

/** How the parent that is no org unit of a source system is called. */
export const organizationName = 'organization';

/** What an LMS object is called to which no declared row is linked: a rename took its link away. */
export const unlinkedName = 'an LMS object without links';

/** An instant as every side writes it. */
export function instant(value: string | Date | null | undefined): string | null {
  return value == null ? null : new Date(value).toISOString();
}

/** Fields as every side writes them: without nulls, the dates as instants, in alphabetical order. */
export function plainFields(fields: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const name of [...names].sort()) {
    const value = fields[name];
    if (value == null) continue;
    plain[name] = name === 'startsAt' || name === 'endsAt' ? instant(value as string) : value;
  }
  return plain;
}

export const comparedUserFields = [
  ...['formattedName', 'givenName', 'middleName', 'familyName', 'namePrefix', 'nameSuffix', 'nickname'],
  ...['preferredGivenName', 'preferredFamilyName', 'email', 'attributes'],
];
export const comparedOrgUnitFields = ['name', 'shortName', 'description', 'startsAt', 'endsAt', 'attributes'];
