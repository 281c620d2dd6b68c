import { entityKinds } from '../entities.ts';
import type { EntityKind, RelationKind, WireKind } from '../entities.ts';
import type { Editor, LinkView, Page, PageRequest, SourceFilter } from './page.ts';

export type ObjectState = 'active' | 'inactive' | 'deleted';
/** Absent in a filter: what is not deleted, or not ended. */
export type StateFilter = ObjectState | 'all';

/** An LMS-side edit of one field (rule 15). */
export interface OverrideView {
  field: string;
  value: OverrideValue;
  /** The value in force is this one, by the override's own right: not because a source system says the same. */
  wins: boolean;
  setBy: string;
  setAt: string;
}

export type OverrideValue = string | boolean | null;

export interface LmsUserView {
  lmsId: string;
  state: ObjectState;
  /** The code of the LMS role. */
  role: string | null;
  fields: Record<string, unknown>;
  overrides: OverrideView[];
  /** Who audits the user, and who the parents, guardians and relatives are. */
  relations: UserRelationView[];
  links: LinkView[];
  version: number;
  changedAt: string;
}

/** A user where another object refers to it. */
export interface PersonReferenceView {
  lmsId: string;
  userName: string | null;
  links: LinkView[];
}

export interface UserRelationView {
  lmsId: string;
  kind: RelationKind;
  agent: PersonReferenceView;
}

/** A declared relation: who states it, and whom it names. */
export interface RelationSupportView {
  sourceSystem: string;
  sourcedId: string;
  agentSourcedId: string;
}

/** The agent is the auditor, parent... of the user. */
export interface LmsRelationView {
  lmsId: string;
  state: 'active' | 'ended';
  kind: RelationKind;
  user: PersonReferenceView;
  agent: PersonReferenceView;
  supports: RelationSupportView[];
  links: LinkView[];
  version: number;
  changedAt: string;
}

/** An org unit where another object refers to it. */
export interface OrgUnitReferenceView {
  lmsId: string;
  type: string;
  code: string;
  links: LinkView[];
}

export interface LmsOrgUnitView {
  lmsId: string;
  type: string;
  code: string;
  state: ObjectState;
  fields: Record<string, unknown>;
  /** The required parent first. */
  parents: OrgUnitReferenceView[];
  overrides: OverrideView[];
  links: LinkView[];
  version: number;
  changedAt: string;
}

/** Why an enrollment is there: a declared enrollment that reaches its org unit directly, or from one of its sections. */
export interface SupportView {
  sourceSystem: string;
  sourcedId: string;
  via: 'direct' | 'section';
  /** The SIS's roles that it states and that are active. */
  roles: string[];
}

export interface LmsEnrollmentView {
  lmsId: string;
  /** `inactive`: the SIS has left it out, and it ends when its grace period does. */
  state: 'active' | 'inactive' | 'ended';
  user: PersonReferenceView;
  orgUnit: OrgUnitReferenceView;
  role: string | null;
  subRole: string | null;
  startsAt: string | null;
  endsAt: string | null;
  supports: SupportView[];
  links: LinkView[];
  version: number;
  changedAt: string;
}

/** Relations of a person wait by themselves: the person is there, somebody who is named is not. */
export const waitingEntities = [...entityKinds, 'relation'] as const;
export type WaitingEntity = EntityKind | 'relation';

/** A declared row that is not projected, or of which something is withheld. */
export interface WaitingView {
  entity: WaitingEntity;
  kind: WireKind;
  sourcedId: string;
  sourceSystem: string;
  /** Null while it has no LMS object. */
  lmsId: string | null;
  links: LinkView[];
  /** A problem code. */
  code: string;
  /** What is missing; may be empty. */
  on: string | null;
  /** The same as a sentence. */
  message: string;
  /** When the row was last declared. */
  since: string;
  messageId: string;
}

export interface UserFilter extends SourceFilter {
  userName?: string;
  orgDefinedId?: string;
  state?: StateFilter;
}

export interface OrgUnitFilter extends SourceFilter {
  kind?: WireKind;
  /** The code of an LMS type. */
  type?: string;
  code?: string;
  parentSourcedId?: string;
  state?: StateFilter;
}

export interface EnrollmentFilter extends SourceFilter {
  userSourcedId?: string;
  orgUnitSourcedId?: string;
  role?: string;
  state?: 'active' | 'inactive' | 'ended' | 'all';
}

export interface RelationFilter extends SourceFilter {
  userSourcedId?: string;
  agentSourcedId?: string;
  kind?: RelationKind;
  state?: 'active' | 'ended' | 'all';
}

export interface WaitingFilter extends SourceFilter {
  entity?: WaitingEntity;
  code?: string;
}

/** What the LMS sees, and what waits to be seen. `get` throws GatewayError `not_found`. */
export interface ObjectAdministration {
  listUsers(organizationId: number, filter: UserFilter, page: PageRequest): Promise<Page<LmsUserView>>;
  getUser(organizationId: number, lmsId: string): Promise<LmsUserView>;
  listOrgUnits(organizationId: number, filter: OrgUnitFilter, page: PageRequest): Promise<Page<LmsOrgUnitView>>;
  getOrgUnit(organizationId: number, lmsId: string): Promise<LmsOrgUnitView>;
  listEnrollments(
    organizationId: number,
    filter: EnrollmentFilter,
    page: PageRequest,
  ): Promise<Page<LmsEnrollmentView>>;
  getEnrollment(organizationId: number, lmsId: string): Promise<LmsEnrollmentView>;
  listRelations(organizationId: number, filter: RelationFilter, page: PageRequest): Promise<Page<LmsRelationView>>;
  getRelation(organizationId: number, lmsId: string): Promise<LmsRelationView>;
  listWaiting(organizationId: number, filter: WaitingFilter, page: PageRequest): Promise<Page<WaitingView>>;
}

/** `entity` says what the LMS id must be; another is `not_found`. */
export interface OverrideAdministration {
  set(editor: Editor, entity: 'user' | 'org_unit', lmsId: string, field: string, value: OverrideValue): Promise<void>;
  remove(editor: Editor, entity: 'user' | 'org_unit', lmsId: string, field: string): Promise<void>;
}
