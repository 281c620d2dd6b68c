import type { Lane } from '../lane.ts';
import { nothingTouched, uniqueKeys } from '../touched.ts';
import type { OrgUnitKey, SourcedKey, Touched } from '../touched.ts';
import { enrollmentDependants } from './dependants.ts';
import { settleEnrollments } from './enrollments.ts';
import { implyOrgUnits } from './imply.ts';
import { projectOrgUnits } from './org-units.ts';
import type { LostParent } from './org-units.ts';
import { placeEnrollments } from './place-enrollments.ts';
import { queueReprojection } from './queue.ts';
import { projectRelations } from './relations.ts';
import { noUsers, projectUsers } from './users.ts';

/**
 * Brings the projected state up to date with the declared rows that were touched and with all that depends on them:
 * persons, placeholders, org units, enrollments. What fans out beyond the lane's limit is queued in the same transaction.
 */
export async function project(lane: Lane, touched: Touched): Promise<void> {
  const { enrollments, lost, gained } = await projectReferents(lane, touched);
  const placed = await placeEnrollments(lane, enrollments);
  await settleEnrollments(lane, placed, { sourceSystemId: 0, rows: [] }, lost, gained);
}

/** What the projection of persons and org units leaves to do: enrollments to place, and edges to settle. */
export interface Reached {
  readonly enrollments: readonly SourcedKey[];
  readonly lost: readonly LostParent[];
  readonly gained: readonly string[];
}

/** LMS objects that lost a link: nothing that is touched reaches them any more. */
export interface Unlinked {
  readonly users: readonly string[];
  readonly orgUnits: readonly string[];
}

const nothingUnlinked: Unlinked = { users: [], orgUnits: [] };

/** Persons with their relations, placeholders and org units: all that an enrollment refers to. */
export async function projectReferents(
  lane: Lane,
  touched: Touched,
  unlinked: Unlinked = nothingUnlinked,
): Promise<Reached> {
  const users = touched.users.length === 0 ? noUsers : await projectUsers(lane, touched.users, unlinked.users);
  await projectRelations(lane, users.relating, touched.relations, users.agents);
  const units = await projectTouchedOrgUnits(lane, touched.orgUnits, unlinked.orgUnits);
  const dependants = await enrollmentDependants(lane, users.turned, units.turned);
  const fits = dependants.length <= lane.fanOutLimit;
  if (!fits || units.overflow.length > 0) {
    await queueReprojection(lane, {
      ...nothingTouched,
      orgUnits: units.overflow,
      enrollments: fits ? [] : dependants,
    });
  }
  const enrollments = fits ? uniqueKeys([...touched.enrollments, ...dependants]) : touched.enrollments;
  return { enrollments, lost: units.lostParents, gained: units.gainedParents };
}

async function projectTouchedOrgUnits(
  lane: Lane,
  touched: readonly OrgUnitKey[],
  unlinked: readonly string[],
): ReturnType<typeof projectOrgUnits> {
  if (touched.length === 0) return { turned: [], lostParents: [], gainedParents: [], overflow: [] };
  const implied = await implyOrgUnits(lane, touched);
  return projectOrgUnits(lane, [...touched, ...implied], unlinked);
}
