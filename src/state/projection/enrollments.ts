import type { Lane } from '../lane.ts';
import type { LmsPair } from './along-edges.ts';
import type { Differences } from './enrollments-many.ts';
import { settlePairs, settlePairsAndEdges, settleWidePairs } from './enrollments-settle.ts';
import type { LostParent } from './org-units.ts';
import type { PlacedEnrollment } from './place-enrollments.ts';

/** Rows that a batch declares, and places itself: they are settled without waiting for where they stand. */
export interface DeclaredKeys {
  readonly sourceSystemId: number;
  readonly rows: readonly { readonly sourcedId: string; readonly messageId: string }[];
}

/** The LMS id of each enrollment that was looked at and is there, or was. */
export type EnrollmentIds = (pair: { userId: string | null; orgUnitId: string | null }) => string | null;

/**
 * Projects enrollments (docs/projection.md 7): settles every pair that a row reached or reaches, cascades to course
 * offerings included.
 *
 * @param placed rows that were placed again
 * @param declared rows that the messages of the batch have written
 * @param along edges that were lost: what the rows cascaded along them is settled too; and the pairs that stood along those and
 *   gained ones
 */
export async function settleEnrollments(
  lane: Lane,
  placed: readonly PlacedEnrollment[],
  declared: DeclaredKeys,
  { lost, pairs: along }: { readonly lost: readonly LostParent[]; readonly pairs: readonly LmsPair[] },
): Promise<EnrollmentIds> {
  const pairs = [
    ...placed.flatMap(pairsOf),
    ...lostCascades(placed, lost),
    ...along.map((pair) => ({ ...pair, messageId: null })),
  ];
  const any = pairs.length + declared.rows.length > 0;
  const ids = any ? await settle(lane, pairs, declared, lost) : new Map<string, string>();
  return ({ userId, orgUnitId }) => (userId === null ? null : (ids.get(`${userId} ${orgUnitId ?? ''}`) ?? null));
}

interface Pair extends LmsPair {
  readonly messageId: string | null;
}

function pairsOf({ userId, orgUnitId, oldUserId, oldOrgUnitId, messageId }: PlacedEnrollment): Pair[] {
  const pairs: Pair[] = [];
  if (userId !== null && orgUnitId !== null) pairs.push({ userId, orgUnitId, messageId });
  const moved = oldUserId !== userId || oldOrgUnitId !== orgUnitId;
  if (moved && oldUserId !== null && oldOrgUnitId !== null) {
    pairs.push({ userId: oldUserId, orgUnitId: oldOrgUnitId, messageId });
  }
  return pairs;
}

/** Along the edges that are gone: deleted enrollments with a role that sees all sections have no LMS row to be found by. */
function lostCascades(placed: readonly PlacedEnrollment[], lost: readonly LostParent[]): Pair[] {
  if (lost.length === 0) return [];
  const parents = Map.groupBy(lost, (edge) => edge.orgUnitId);
  return placed.flatMap(({ oldUserId: userId, oldOrgUnitId: orgUnitId, messageId }) =>
    userId === null || orgUnitId === null
      ? []
      : (parents.get(orgUnitId) ?? []).map(({ parentId }) => ({ userId, orgUnitId: parentId, messageId })),
  );
}

/** Settles pairs; answers the LMS id of each enrollment that stands, by "user orgUnit". */
async function settle(
  lane: Lane,
  pairs: readonly Pair[],
  declared: DeclaredKeys,
  lost: readonly LostParent[],
): Promise<ReadonlyMap<string, string>> {
  const edges =
    lost.length === 0 || declared.rows.length === 0
      ? []
      : [lost.map((edge) => edge.orgUnitId), lost.map((edge) => edge.parentId)];
  const settled = await send(lane, edges.length === 0 ? settlePairs : settlePairsAndEdges, pairs, declared, edges);
  const wide = settled.filter((row) => row.wide);
  const others = wide.length === 0 ? [] : await send(lane, settleWidePairs, wide, nothingDeclared);
  // Whether a pair that was left alone stands, or stood, the second statement says.
  const looked = [...settled.filter((row) => !row.wide), ...others];
  return new Map(looked.flatMap(({ userId, orgUnitId, id }) => (id === null ? [] : [[`${userId} ${orgUnitId}`, id]])));
}

interface SettledPair extends Pair {
  readonly id: string | null;
  /** Left alone: there are many sections under the org unit. */
  readonly wide: boolean;
  readonly changes: number;
}

const nothingDeclared: DeclaredKeys = { sourceSystemId: 0, rows: [] };

async function send(
  lane: Lane,
  statement: { readonly name: string; readonly text: string },
  pairs: readonly Pair[],
  declared: DeclaredKeys,
  edges: readonly (readonly string[])[] = [],
): Promise<SettledPair[]> {
  const { rows } = await lane.client.query<SettledPair>({
    ...statement,
    values: [
      lane.organizationId,
      pairs.map((pair) => pair.userId),
      pairs.map((pair) => pair.orgUnitId),
      pairs.map((pair) => pair.messageId),
      declared.sourceSystemId,
      declared.rows.map((row) => row.sourcedId),
      declared.rows.map((row) => row.messageId),
      lane.sourcesJson,
      lane.counter.seq,
      lane.changeIdHead,
      JSON.stringify(lane.cause),
      ...edges,
    ],
  });
  lane.counter.seq += rows[0]?.changes ?? 0;
  return rows;
}

/** Settles pairs one by one, such as those that `findDifferences` has left alone. */
export async function settlePairsApart(
  lane: Lane,
  { userIds, orgUnitIds }: Differences['wide'],
  messageId: string,
): Promise<void> {
  const pairs = userIds.map((userId, index) => ({ userId, orgUnitId: orgUnitIds[index] ?? '', messageId }));
  if (pairs.length > 0) await send(lane, settleWidePairs, pairs, nothingDeclared);
}
