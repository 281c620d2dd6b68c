import { governedBases } from '../../domain/rights.ts';
import type { ActOnOrgUnit, Right } from '../../domain/rights.ts';
import { namesGone } from '../declare/gone.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { carriedSql } from './carried-sql.ts';
import { carriersOf } from './carriers.ts';
import type { Carriers, Judged } from './carriers.ts';
import { reachOf } from './reach.ts';
import { unitOn } from './seen.ts';
import type { UnitRow } from './seen.ts';
import type { Target, TargetUnit } from './target.ts';

/** What a command would do to others although the right to it is withheld. */
export interface Beyond {
  readonly right: Right;
  readonly kind: string;
  readonly sourcedId: string;
  /** It goes along with what is deleted. */
  readonly isAlong: boolean;
}

/**
 * For each command the first of what it does beyond its own row that is beyond the rights, undefined where none is. One
 * statement for all; it answers what differs in what rights look at, not every row: of each org unit one enrollment.
 */
export async function readBeyond(
  lane: Lane,
  source: LaneSource,
  judged: readonly Judged[],
  withheld: ReadonlySet<Right>,
  now: Date,
): Promise<(Beyond | undefined)[]> {
  const found: (Beyond | undefined)[] = judged.map(() => undefined);
  const carriers = carriersOf(judged, source.options);
  if (carriers === undefined) return found;
  for (const row of await readCarried(lane, source, judged, carriers)) {
    const right = rightsOver(row, judged[row.at]?.target, now).find((each) => withheld.has(each));
    const { at, act, kind, sourcedId } = row;
    if (right !== undefined) found[at] ??= { right, kind, sourcedId, isAlong: act === 'delete' };
  }
  return found;
}

interface CarriedRow {
  at: number;
  /** `leave` = it leaves the LMS as long as something is missing; null = it is reached only. */
  act: ActOnOrgUnit | 'leave' | null;
  isEnrollment: boolean;
  /** In the org unit of the command itself. */
  isOwn: boolean;
  unit: UnitRow;
  /** Are messages deleted, which need not be in the LMS? */
  forgets: boolean;
  /** One of those that are alike. */
  kind: string;
  sourcedId: string;
}

function rightsOver(
  { act, isEnrollment, isOwn, unit, forgets }: CarriedRow,
  own: Target | undefined,
  now: Date,
): Right[] {
  const units = isOwn ? toBeMade(own) : unitOn(unit.base, unit, isEnrollment);
  // What waits has nothing in the LMS that could go.
  if (act === 'delete' && !isEnrollment && !forgets && unit.stands !== true) return [];
  const reaches = units.flatMap((each) => reachOf(each, isEnrollment, now)).map((reach): Right => `reach.${reach}`);
  const acts: ActOnOrgUnit[] = act === 'leave' ? ['delete', 'create'] : act === null ? [] : [act];
  if (!isEnrollment)
    return [...units.slice(0, 1).flatMap(({ base }) => acts.map((each): Right => `${base}.${each}`)), ...reaches];
  return units.length === 0 ? [] : [act === 'create' ? 'enrollment.create' : 'enrollment.delete', ...reaches];
}

/** The LMS has none yet, of any type that it may turn out to be. */
function toBeMade(own: Target | undefined): TargetUnit[] {
  return own?.stated === undefined ? governedBases.map((base) => ({ base })) : [{ base: own.stated.base }];
}

async function readCarried(
  lane: Lane,
  source: LaneSource,
  judged: readonly Judged[],
  { going, moving, leaving, arriving, combining, turning }: Carriers,
): Promise<CarriedRow[]> {
  const persons = [
    ...leaving.map(({ forgets, ...each }) => ({ ...each, act: 'delete', isAny: forgets })),
    ...arriving.map((each) => ({ ...each, act: 'create', isAny: true })),
  ];
  const named = await namesGone(
    lane,
    source,
    judged.map(({ command }) => command),
  );
  const asked = new Set(going.map(({ at }) => at));
  const units = [
    ...going.map((unit) => ({ ...unit, isAsked: true })),
    ...named.filter(({ at }) => asked.has(at)).map((unit) => ({ ...unit, forgets: true, isAsked: false })),
  ];
  const { rows } = await lane.client.query<CarriedRow>({
    name: 'rights_carried',
    text: carriedSql,
    values: [
      lane.organizationId,
      source.id,
      persons.map(({ sourcedId }) => sourcedId),
      units.map(({ kind }) => kind),
      units.map(({ sourcedId }) => sourcedId),
      source.options.sectionBringsOffering !== null,
      units.map(({ at }) => at),
      units.map(({ forgets }) => forgets),
      units.map(({ isAsked }) => isAsked),
      moving.map(({ at }) => at),
      moving.map(({ kind }) => kind),
      moving.map(({ sourcedId }) => sourcedId),
      moving.map(({ parents }) => JSON.stringify(parents)),
      combining.map(({ at }) => at),
      combining.map(({ association }) => association),
      combining.map(({ sourcedId }) => sourcedId),
      combining.map(({ joins }) => joins),
      turning.map(({ at }) => at),
      turning.map(({ kind }) => kind),
      turning.map(({ sourcedId }) => sourcedId),
      turning.map(({ comes }) => comes),
      persons.map(({ at }) => at),
      persons.map(({ act }) => act),
      persons.map(({ isAny }) => isAny),
    ],
  });
  return rows;
}
