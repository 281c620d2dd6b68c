/** The parts of a feed, in the order in which their records need each other. */
export const parts = [
  'faculty',
  'department',
  'semester',
  'template',
  'offering',
  'section',
  'cross_list',
  'person',
  'enrollment',
] as const;
export type Part = (typeof parts)[number];

export type OrgUnitPart = 'faculty' | 'department' | 'semester' | 'template' | 'offering' | 'section';

/** References are ids; those that a part has no use for are absent. Days are `YYYY-MM-DD`. */
export interface OrgUnitRecord {
  readonly part: OrgUnitPart;
  readonly id: string;
  readonly name: string;
  readonly startsOn?: string;
  readonly endsOn?: string;
  /** Of sections: `02`. */
  readonly number?: string;
  readonly faculty?: string;
  readonly department?: string;
  readonly semester?: string;
  readonly template?: string;
  readonly offering?: string;
}

/** Sections that are taught together. */
export interface CrossListRecord {
  readonly part: 'cross_list';
  readonly id: string;
  readonly name: string;
  readonly semester: string;
  readonly sections: readonly string[];
}

export interface PersonRecord {
  readonly part: 'person';
  readonly id: string;
  readonly userName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly preferredName?: string;
  readonly email: string;
  readonly active: boolean;
  readonly role: 'Student' | 'Faculty';
  /** The id of somebody who may look on. */
  readonly auditor?: string;
  readonly employment?: Employment;
}

export interface Employment {
  readonly department: string;
  readonly hiredOn: string;
  /** A user name. */
  readonly manager: string;
}

export interface EnrollmentRecord {
  readonly part: 'enrollment';
  readonly person: string;
  readonly section: string;
  readonly semester: string;
  readonly role: string;
}

export type WorldRecord = OrgUnitRecord | CrossListRecord | PersonRecord | EnrollmentRecord;

/** A record as a feed says it. */
export interface Stated<R extends WorldRecord = WorldRecord> {
  readonly verb: 'state' | 'delete';
  readonly record: R;
}

export function isOrgUnit(record: WorldRecord): record is OrgUnitRecord {
  return record.part !== 'cross_list' && record.part !== 'person' && record.part !== 'enrollment';
}
