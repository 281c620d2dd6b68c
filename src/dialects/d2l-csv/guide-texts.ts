import type { WireKind } from '../../domain/entities.ts';
import type { ProblemCode } from '../../domain/problem.ts';
import type { FileKind } from './columns.ts';

/*
 * The texts of D2L's guide to the errors of Standard CSV, so that who knows them from Brightspace finds them here. They
 * stand beside what this gateway says itself.
 */

export const recordLength = 'Invalid record length';
export const invalidOrgDefinedId = 'OrgDefinedid contains invalid characters';
export const invalidUserName = 'user can not be created. errors: the username supplied is invalid or already in use';

export function openingQuote(line: number, field: string): string {
  return `invalid opening quote: a quote is found inside a field at line ${line}, field:${field}`;
}

export function dateFormat(column: string): string {
  return `StandardCSV Spec Violation - OrgUnit: "${column}" must be a string with one of the following formats [YYYY-MM-DD, YYYY-MM-DDTHH:mm:ss.SSS]`;
}

export function pipeSeparated(version: string): string {
  return `StandardCSV Spec Violation - User: "relationships" must be "|" separated for version ${version}.0`;
}

/** Of a required value that is empty, or a required column that is not there. */
export function missingColumns(kind: FileKind): string | undefined {
  if (kind === 'orgs') return 'StandardCSV Spec Violation - OrgUnit: Missing Required Column(s)';
  return kind === 'users' ? 'StandardCSV Spec Violation - User: Missing required column(s)' : undefined;
}

const noUser = 'No user mapping found for source system';
const noUnitOfEnrollment =
  'Replaceenrollmentreadimhandler.process - unable to find org unit specified in enrollment request';

const noParent = 'Parent org unit mapping not found';

const later: Partial<Record<ProblemCode, string | ((kind: WireKind) => string)>> = {
  unmapped_role: 'No role mapping found for source system',
  unmapped_type: 'invalid request typename provided. no mapping found for type:<type> in source system:<system>',
  waiting_for_user: noUser,
  waiting_for_org_unit: noUnitOfEnrollment,
  waiting_for_parent: noParent,
  wrong_kind: noParent,
  detached: (kind) => (kind === 'person' ? noUser : noParent),
  waiting_for_agent: 'ParentPortalDeleteRelationshipHandler - Unable to find user mapping, parents not updated',
  unknown_object: (kind) =>
    kind === 'person' || kind === 'membership' ? noUser : 'No org unit mapping found for source system',
  identity_conflict: invalidUserName,
};

/** What the guide says of a problem that is found later than by reading. */
export function guideTextOf(code: ProblemCode, kind: WireKind): string | undefined {
  const text = later[code];
  return typeof text === 'function' ? text(kind) : text;
}
