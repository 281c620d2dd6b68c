import type { RenameCommand } from '../../domain/command.ts';
import type { OrgUnitWireKind } from '../../domain/entities.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { Problem } from '../../domain/problem.ts';
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
import type { OrgUnitKey, SourcedKey, Touched, TouchedOrgUnit } from '../touched.ts';
import { followReferences } from './follow-references.ts';
import { keepName } from './keep-name.ts';
import { moveRow, movesOwnOffering, readPlaces } from './move-row.ts';

/** One row's other sourcedId. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
}

/**
 * What renames do to which rows of one source system. They are of one kind, and none has an id of another: of persons and
 * memberships there may be many, which do not meet; an org unit comes alone, for what it brings or implies may meet others.
 */
export interface Renaming {
  readonly lane: Lane;
  readonly sourceSystemId: number;
  readonly kind: RenameCommand['kind'];
  readonly moves: readonly Move[];
}

/** A rename, and where its outcome goes. */
export interface RenameStep {
  readonly command: RenameCommand;
  readonly messageId: string;
  answer(outcome: Outcome): void;
}

/**
 * Gives declared rows other sourcedIds (docs/projection.md 9): the row, its link (the LMS object stays), and all that
 * refers to it in what this source system declared. What had the new id before, deleted or a placeholder, gives way. Then
 * projects what was touched: nothing is recorded where nothing of the projected state changed.
 *
 * @param steps of one kind, no two with an id in common; see `Renaming`
 */
export async function rename(lane: Lane, source: LaneSource, steps: readonly RenameStep[]): Promise<void> {
  const [first] = steps;
  if (first === undefined) return;
  const asked = { lane, sourceSystemId: source.id, kind: first.command.kind, moves: steps.map(moveOf) };
  const places = await readPlaces(asked);
  const known: RenameStep[] = [];
  for (const step of steps) {
    const { command } = step;
    const { sourcedId: from, newSourcedId: to } = command;
    if (!places.from.has(from)) step.answer(rejected(command, nothingUnder(command)));
    else if (from !== to && places.taken.has(to)) step.answer(rejected(command, idInUse(command, to)));
    else known.push(step);
  }
  const moving = known.filter(({ command }) => command.sourcedId !== command.newSourcedId);
  const renaming = { ...asked, moves: moving.map(moveOf) };
  await keepName(renaming, source);
  const standing = await move(renaming);
  await answerAll(lane, source, known, standing);
}

/** Those of which nothing has the one id, or something else the other. They are of one kind. */
export async function readTaken(
  lane: Lane,
  source: LaneSource,
  commands: readonly RenameCommand[],
): Promise<readonly RenameCommand[]> {
  const [first] = commands;
  if (first === undefined) return [];
  const moves = commands.map((command) => moveOf({ command, messageId: '' }));
  const { from, taken } = await readPlaces({ lane, sourceSystemId: source.id, kind: first.kind, moves });
  return commands.filter(
    ({ sourcedId, newSourcedId }) => !from.has(sourcedId) || (sourcedId !== newSourcedId && taken.has(newSourcedId)),
  );
}

function moveOf({ command, messageId }: Omit<RenameStep, 'answer'>): Move {
  return { from: command.sourcedId, to: command.newSourcedId, messageId };
}

function rejected(command: RenameCommand, problem: Problem): Outcome {
  return { ...outcomeBase(command), status: 'rejected', problems: [problem] };
}

/** Answers how memberships stand that were projected, by their new ids. */
async function move(renaming: Renaming): Promise<ReadonlyMap<string, Standing>> {
  const { lane, sourceSystemId, kind } = renaming;
  if (renaming.moves.length === 0) return new Map();
  const withOffering = await movesOwnOffering(renaming);
  const followed = await followReferences(renaming, withOffering);
  const moved = await moveRow(renaming, withOffering);
  const own = {
    users: kind === 'person' ? renamed(renaming) : [],
    orgUnits: renamedUnits(renaming),
    enrollments: kind === 'membership' ? renamed(renaming) : [],
    relations: [],
  };
  const { orgUnits, enrollments, relations } = followed;
  const following = { users: [], orgUnits, enrollments, relations: relations.stating };
  const { now, queued } = await withinLimit(lane, own, following);
  const reached = await projectReferents(lane, now, moved.unlinked, queued);
  await settleRelations(lane, relations.vacated);
  const placed = await placeEnrollments(lane, reached.enrollments);
  const vacated = [...followed.vacated, ...moved.vacated];
  const nothing = { sourceSystemId: 0, rows: [] };
  const lmsIdOf = await settleEnrollments(lane, [...placed, ...vacated], nothing, reached.along);
  const ofSource = placed.filter((row) => row.sourceSystemId === sourceSystemId);
  return new Map(ofSource.map((row) => [row.sourcedId, standingOf(row, lmsIdOf)]));
}

async function answerAll(
  lane: Lane,
  source: LaneSource,
  steps: readonly RenameStep[],
  memberships: ReadonlyMap<string, Standing>,
): Promise<void> {
  const commands = steps.map(({ command }) => ({ ...command, sourcedId: command.newSourcedId }));
  const others = await readStandings(lane, source.id, commands);
  for (const step of steps) {
    const { command } = step;
    const { kind, sourcedId: from, newSourcedId: to } = command;
    const standing = kind === 'membership' ? memberships.get(to) : others.get(`${kind} ${to}`);
    step.answer(outcomeOf(command, from === to ? 'unchanged' : 'updated', standing));
  }
}

function standingOf(row: PlacedEnrollment, lmsIdOf: EnrollmentIds): Standing {
  const lmsId = lmsIdOf(row);
  return { live: lmsId !== null, waitCode: row.waitCode, waitOn: row.waitOn, unmapped: row.unmapped, lmsId };
}

/** What follows beyond the limit is projected later (rule 8); the rows themselves always now. */
async function withinLimit(
  lane: Lane,
  own: Touched,
  following: Touched,
): Promise<{ now: Touched; queued: readonly OrgUnitKey[] }> {
  const { orgUnits, enrollments, relations } = following;
  if (orgUnits.length + enrollments.length + relations.length > lane.fanOutLimit) {
    await queueReprojection(lane, following);
    return { now: own, queued: orgUnits };
  }
  const all = {
    users: own.users,
    orgUnits: [...own.orgUnits, ...orgUnits],
    enrollments: [...own.enrollments, ...enrollments],
    relations,
  };
  return { now: all, queued: [] };
}

/** Both ids: what referred to the old one, and what waited for the new one, depend on them. */
function renamed({ sourceSystemId, moves }: Renaming): SourcedKey[] {
  return moves.flatMap(({ from, to }) => [from, to]).map((sourcedId) => ({ sourceSystemId, sourcedId }));
}

/** A section and its own offering (docs/projection.md 2) bear one id. */
function renamedUnits(renaming: Renaming): TouchedOrgUnit[] {
  const { kind } = renaming;
  if (kind === 'person' || kind === 'membership') return [];
  const kinds: OrgUnitWireKind[] = [kind, 'offering'];
  return kinds.flatMap((each) => renamed(renaming).map((key) => ({ ...key, kind: each, spreads: true })));
}
