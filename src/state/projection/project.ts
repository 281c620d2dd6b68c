import type { Lane } from '../lane.ts';
import { nothingTouched, nothingUnlinked, uniqueKeys } from '../touched.ts';
import type { OrgUnitKey, SourcedKey, Touched, TouchedOrgUnit, Unlinked, UnlinkedIds } from '../touched.ts';
import { pairsAlong } from './along-edges.ts';
import type { LmsPair } from './along-edges.ts';
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
 *
 * @param pairs enrollments to settle besides
 */
export async function project(lane: Lane, touched: Touched, pairs: readonly LmsPair[] = []): Promise<void> {
  const { enrollments, along } = await projectReferents(lane, touched);
  const placed = await placeEnrollments(lane, enrollments);
  const settled = { ...along, pairs: [...along.pairs, ...pairs] };
  await settleEnrollments(lane, placed, { sourceSystemId: 0, rows: [] }, settled);
}

/** What the projection of persons and org units leaves to do: enrollments to place, and those along edges to settle. */
export interface Reached {
  readonly enrollments: readonly SourcedKey[];
  readonly along: { readonly lost: readonly LostParent[]; readonly pairs: readonly LmsPair[] };
}

/**
 * Persons with their relations, placeholders and org units: all that an enrollment refers to.
 *
 * @param queued org units that are queued already: they are left to their turn
 */
export async function projectReferents(
  lane: Lane,
  touched: Touched,
  unlinked: Unlinked = nothingUnlinked,
  queued: readonly OrgUnitKey[] = [],
): Promise<Reached> {
  const users = touched.users.length === 0 ? noUsers : await projectUsers(lane, touched.users, unlinked.users);
  await projectRelations(lane, users.relating, touched.relations, users.agents);
  const units = await projectTouchedOrgUnits(lane, touched.orgUnits, unlinked.orgUnits, queued);
  const dependants = await enrollmentDependants(lane, users.turned, units.turned);
  const along = await pairsAlong(lane, units.lostParents, units.gainedParents);
  const placing = withinLimit(lane, dependants);
  const settling = withinLimit(lane, along);
  const overflow = { ...nothingTouched, orgUnits: units.overflow, enrollments: placing.later };
  await queueReprojection(lane, overflow, settling.later);
  return {
    enrollments: placing.now.length === 0 ? touched.enrollments : uniqueKeys([...touched.enrollments, ...placing.now]),
    along: { lost: units.lostParents, pairs: settling.now },
  };
}

/** Rule 8: all at once, or all of them queued. */
function withinLimit<Each>(lane: Lane, all: readonly Each[]): { now: readonly Each[]; later: readonly Each[] } {
  return all.length <= lane.fanOutLimit ? { now: all, later: [] } : { now: [], later: all };
}

async function projectTouchedOrgUnits(
  lane: Lane,
  touched: readonly TouchedOrgUnit[],
  unlinked: UnlinkedIds,
  queued: readonly OrgUnitKey[],
): ReturnType<typeof projectOrgUnits> {
  if (touched.length === 0) return { turned: [], lostParents: [], gainedParents: [], overflow: [] };
  const implied = await implyOrgUnits(lane, touched);
  return projectOrgUnits(lane, [...touched, ...implied], unlinked, queued);
}
