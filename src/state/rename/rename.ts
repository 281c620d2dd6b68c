import type { RenameCommand } from '../../domain/command.ts';
import type { OrgUnitWireKind } from '../../domain/entities.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { settleEnrollments } from '../projection/enrollments.ts';
import type { EnrollmentIds } from '../projection/enrollments.ts';
import { placeEnrollments } from '../projection/place-enrollments.ts';
import type { PlacedEnrollment } from '../projection/place-enrollments.ts';
import { projectReferents } from '../projection/project.ts';
import { queueReprojection } from '../projection/queue.ts';
import { settleRelations } from '../projection/relations.ts';
import { idInUse, nothingUnder, outcomeBase, outcomeOf, readStandings } from '../standing.ts';
import type { Standing } from '../standing.ts';
import type { OrgUnitKey, SourcedKey } from '../touched.ts';
import { followReferences } from './follow-references.ts';
import { moveRow, movesOwnOffering, readPlaces } from './move-row.ts';

/** What a rename does to which rows of one source system. */
export interface Renaming {
  readonly lane: Lane;
  readonly sourceSystemId: number;
  readonly kind: RenameCommand['kind'];
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
}

/**
 * Gives a declared row another sourcedId (docs/projection.md 9): the row, its link (the LMS object stays), and all that
 * refers to it in what this source system declared. What had the new id before, deleted or a placeholder, gives way. Then
 * projects what was touched: nothing is recorded where nothing of the projected state changed.
 */
export async function rename(
  lane: Lane,
  source: LaneSource,
  { command, messageId }: { command: RenameCommand; messageId: string },
): Promise<Outcome> {
  const { kind, sourcedId: from, newSourcedId: to } = command;
  const renaming: Renaming = { lane, sourceSystemId: source.id, kind, from, to, messageId };
  const places = await readPlaces(renaming);
  if (!places.from) return { ...outcomeBase(command), status: 'rejected', problems: [nothingUnder(command)] };
  if (from === to) return outcomeOf(command, 'unchanged', await readStanding(renaming, command));
  if (places.to) return { ...outcomeBase(command), status: 'rejected', problems: [idInUse(command, to)] };

  const withOffering = await movesOwnOffering(renaming);
  const followed = await followReferences(renaming, withOffering);
  const moved = await moveRow(renaming, withOffering);
  const touched = {
    users: kind === 'person' ? renamed(renaming) : [],
    orgUnits: [...renamedUnits(renaming), ...followed.orgUnits],
    enrollments: [...(kind === 'membership' ? renamed(renaming) : []), ...followed.enrollments],
    relations: followed.relations.stating,
  };
  const { now, queued } = await withinLimit(lane, touched);
  const reached = await projectReferents(lane, now, moved.unlinked, queued);
  await settleRelations(lane, followed.relations.vacated);
  const placed = await placeEnrollments(lane, reached.enrollments);
  const vacated = [...followed.vacated, ...moved.vacated];
  const nothing = { sourceSystemId: 0, rows: [] };
  const lmsIdOf = await settleEnrollments(lane, [...placed, ...vacated], nothing, reached.along);
  if (kind !== 'membership') return outcomeOf(command, 'updated', await readStanding(renaming, command));
  return outcomeOf(command, 'updated', standingOf(placed.find(isRow(source.id, to)), lmsIdOf));
}

function isRow(sourceSystemId: number, sourcedId: string): (row: PlacedEnrollment) => boolean {
  return (row) => row.sourceSystemId === sourceSystemId && row.sourcedId === sourcedId;
}

function standingOf(row: PlacedEnrollment | undefined, lmsIdOf: EnrollmentIds): Standing | undefined {
  if (row === undefined) return undefined;
  const lmsId = lmsIdOf(row);
  return { live: lmsId !== null, waitCode: row.waitCode, waitOn: row.waitOn, lmsId };
}

/** Dependants beyond the limit are projected later (rule 8); the row itself always now. */
async function withinLimit(
  lane: Lane,
  touched: { users: SourcedKey[]; orgUnits: OrgUnitKey[]; enrollments: SourcedKey[]; relations: SourcedKey[] },
): Promise<{ now: typeof touched; queued: readonly OrgUnitKey[] }> {
  const { users, orgUnits, enrollments, relations } = touched;
  if (orgUnits.length + enrollments.length + relations.length <= lane.fanOutLimit) return { now: touched, queued: [] };
  const queued = orgUnits.slice(ownUnitKeys);
  await queueReprojection(lane, { users: [], orgUnits: queued, enrollments, relations });
  return { now: { users, orgUnits: orgUnits.slice(0, ownUnitKeys), enrollments: [], relations: [] }, queued };
}

/** Both ids: what referred to the old one, and what waited for the new one, depend on them. */
function renamed({ sourceSystemId, from, to }: Renaming): SourcedKey[] {
  return [from, to].map((sourcedId) => ({ sourceSystemId, sourcedId }));
}

/** A section and its own offering (docs/projection.md 2) bear one id. */
const ownUnitKeys = 4;

function renamedUnits(renaming: Renaming): OrgUnitKey[] {
  const { kind } = renaming;
  if (kind === 'person' || kind === 'membership') return [];
  const kinds: OrgUnitWireKind[] = [kind, 'offering'];
  return kinds.flatMap((each) => renamed(renaming).map((key) => ({ ...key, kind: each })));
}

async function readStanding(
  { lane, sourceSystemId, kind, to }: Renaming,
  command: RenameCommand,
): Promise<Standing | undefined> {
  const standings = await readStandings(lane, sourceSystemId, [{ ...command, sourcedId: to }]);
  return standings.get(`${kind} ${to}`);
}
