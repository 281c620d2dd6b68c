import type { WriteCommand } from '../../domain/command.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { enrollmentTargets, readMappedRoles } from './enrollment-targets.ts';
import { orgUnitTargets } from './org-unit-targets.ts';
import { seenAs, unitOn } from './seen.ts';
import type { SeenRow, UnitRow } from './seen.ts';
import type { Adopted, LmsType, Target } from './target.ts';
import { userTargets } from './user-targets.ts';

/** How the targets of the commands of some entities are read, all at once. */
export interface TargetRead {
  readonly name: string;
  /** $1 organization, $2 source system; answers rows of `TargetRow`. */
  readonly text: string;
  readonly parameters: (commands: readonly WriteCommand[], source: LaneSource, lane: Lane) => readonly unknown[];
}

const reads: readonly (readonly [TargetRead, readonly string[]])[] = [
  [userTargets, ['user']],
  [orgUnitTargets, ['org_unit', 'association']],
  [enrollmentTargets, ['enrollment']],
];

/** What each command meets, in their order: one statement for each entity that there is. */
export async function readTargets(
  lane: Lane,
  source: LaneSource,
  commands: readonly WriteCommand[],
): Promise<Target[]> {
  const isAnyEnrollment = commands.some(({ entity }) => entity === 'enrollment');
  const mappedRoles = isAnyEnrollment ? await readMappedRoles(lane, source.id) : new Set<string>();
  const nothing: Target = { units: [], left: [], isPlaced: true, stands: false, mappedRoles };
  const targets: Target[] = commands.map(() => nothing);
  for (const [read, entities] of reads) {
    const wanted = commands.flatMap((command, index) =>
      entities.includes(command.entity) ? [{ index, command }] : [],
    );
    if (wanted.length === 0) continue;
    const { name, text, parameters } = read;
    const ofWanted = parameters(
      wanted.map(({ command }) => command),
      source,
      lane,
    );
    const values = [lane.organizationId, source.id, ...ofWanted];
    const { rows } = await lane.client.query<TargetRow>({ name, text, values });
    for (const row of rows) {
      const at = wanted[row.position - 1];
      if (at !== undefined) targets[at.index] = toTarget(nothing, row);
    }
  }
  return targets;
}

interface TargetRow {
  /** From 1. */
  position: number;
  declared: Record<string, unknown> | null;
  /** Of a person or org unit. */
  adopted?: Adopted | null;
  /** Of an org unit. */
  brought?: (Adopted & { seen: SeenRow }) | null;
  held?: LmsType | null;
  stated?: LmsType | null;
  unit?: UnitRow | null;
  /** Of a section or a group: the offering that it is stated to be under. */
  comes_under?: SeenRow | null;
  /** Of a membership: the org units that it is, or is to be, in; and those that it was declared for. */
  met?: readonly (UnitRow & { left: boolean })[];
}

function toTarget(nothing: Target, row: TargetRow): Target {
  const { declared, adopted, brought, held, stated, unit, comes_under: comesUnder, met } = row;
  const target = {
    ...nothing,
    ...(declared === null ? {} : { declared }),
    ...(adopted == null ? {} : { adopted }),
  };
  if (met !== undefined) {
    const known = Object.groupBy(met, ({ left }) => (left ? 'left' : 'stated'));
    return {
      ...target,
      units: (known.stated ?? []).flatMap((each) => unitOn(each.base, each, true)),
      // What is not in the LMS is not left there.
      left: (known.left ?? []).filter(({ active }) => active !== null).flatMap((each) => unitOn(each.base, each, true)),
      isPlaced: known.stated?.every(({ base }) => base !== null) ?? false,
    };
  }
  const base = held?.base ?? unit?.base;
  const bases = new Set([base, unit?.base, stated?.base]);
  return {
    ...target,
    ...(held == null ? {} : { held }),
    ...(stated == null ? {} : { stated }),
    ...(base == null ? {} : { base }),
    ...(comesUnder?.active == null ? {} : { comesUnder: seenAs(comesUnder) }),
    stands: unit?.stands === true && adopted == null,
    ...(brought == null ? {} : { brought }),
    units: [
      ...[...bases].flatMap((each) => unitOn(each, unit)),
      ...(brought == null ? [] : [{ base: 'course_offering' as const, seen: seenAs(brought.seen) }]),
    ],
  };
}
