import type { Lane } from '../lane.ts';
import type { OrgUnitKey, TouchedOrgUnit, UnlinkedIds } from '../touched.ts';
import { orgUnitDependants, touchedAndDependants } from './dependants.ts';
import { mayBeCyclic } from './org-units-cycles.ts';
import { judgeOrgUnitsSql } from './org-units-judge.ts';
import { settleOrgUnitsSql } from './org-units-settle.ts';

/** A section that is no longer under a parent: the cascades along that edge are to be looked at again. */
export interface LostParent {
  readonly orgUnitId: string;
  readonly parentId: string;
}

export interface ProjectedOrgUnits {
  /** Rows whose evaluation changed: enrollments that refer to them are to be projected again. */
  readonly turned: OrgUnitKey[];
  readonly lostParents: LostParent[];
  /** Org units that gained a parent: enrollments in them may cascade. */
  readonly gainedParents: string[];
  /** Dependants that were too many for this transaction (rule 8). */
  readonly overflow: OrgUnitKey[];
}

/** Parents before children, so that a batch that brings both makes each org unit once, in its place. */
const tiers: readonly OrgUnitKey['kind'][] = ['group', 'template', 'offering', 'association', 'section'];

/** A row to judge, and whether it is projected now. */
interface PendingRow extends OrgUnitKey {
  readonly live: boolean;
}

/**
 * Projects org units (docs/projection.md 4): a wave over the references. Each round judges the pending rows of the
 * topmost tier, brings the LMS org units they reach up to date, and goes on to what depends on the rows that turned. What is
 * queued (rule 8) spreads no further unless it turns: so the queue ends.
 * Within a tier what is projected goes first: a code that it gives up is there for those that come.
 *
 * @param unlinked LMS org units that lost a link
 * @param queued what is queued already is left to its turn
 */
export async function projectOrgUnits(
  lane: Lane,
  touched: readonly TouchedOrgUnit[],
  unlinked: UnlinkedIds,
  queued: readonly OrgUnitKey[],
): Promise<ProjectedOrgUnits> {
  const turned = new Map<string, OrgUnitKey>();
  const lostParents: LostParent[] = [];
  const gainedParents: string[] = [];
  const pending = new Map<string, PendingRow>();
  const later = new Set(queued.map(keyOf));
  const add = (rows: readonly PendingRow[]): void =>
    rows.forEach((row) => {
      if (!later.has(keyOf(row))) pending.set(keyOf(row), row);
    });
  // What was touched is judged here in any case, and what is on one cycle with it: all of a cycle are marked, or none.
  const own = new Set(touched.map(keyOf));
  const climbed = new Set<string>();
  // Rows that are not on a cycle: references stay as they are while they are projected.
  const acyclic = new Set<string>();
  const overflow = new Map<string, PendingRow>();
  let others = 0;
  const addWithout = async (lmsIds: readonly string[], areGivenUp: boolean): Promise<void> => {
    const without = await settle(lane, lmsIds, areGivenUp);
    lostParents.push(...without.lost);
    gainedParents.push(...without.gained);
    add(without.woken.filter((row) => !pending.has(keyOf(row))));
  };
  await addWithout(unlinked.lost, false);
  // In the order in which they were touched: of several that claim one code the earlier takes it.
  add(touched.map((key) => ({ ...key, live: false })));
  await addWithout(unlinked.givenUp, true);
  add(await touchedAndDependants(lane, touched));
  while (pending.size > 0) {
    const front: PendingRow[] = [];
    for (const row of topmost(pending)) {
      const key = keyOf(row);
      pending.delete(key);
      if (own.delete(key) || (others += 1) <= lane.fanOutLimit) front.push(row);
      else overflow.set(key, row);
    }
    if (front.length === 0) continue;
    const judged = await judge(lane, front, acyclic);
    const settled = await settle(lane, judged.lmsIds);
    lostParents.push(...settled.lost);
    gainedParents.push(...settled.gained);
    for (const key of judged.turned) turned.set(keyOf(key), key);
    add(await orgUnitDependants(lane, judged.turned));
    add(settled.woken);
    add(judged.deferred);
    // A cycle is closed by one of its rows and is the end of them all, though that one waited before and does not turn.
    const unmarked = judged.unmarked.filter((row) => !climbed.has(keyOf(row)));
    for (const key of unmarked.map(keyOf)) {
      climbed.add(key);
      own.add(key);
      later.delete(key);
    }
    add(unmarked);
  }
  return { turned: [...turned.values()], lostParents, gainedParents, overflow: [...overflow.values()] };
}

function topmost(pending: ReadonlyMap<string, PendingRow>): PendingRow[] {
  const rows = [...pending.values()];
  const tier = tiers.find((kind) => rows.some((row) => row.kind === kind));
  const front = rows.filter((row) => row.kind === tier);
  return front.some((row) => row.live) ? front.filter((row) => row.live) : front;
}

interface JudgedRow {
  sourceSystemId: number;
  kind: OrgUnitKey['kind'];
  sourcedId: string;
  lms_id: string | null;
  turned: boolean;
  /** An earlier row of the front claims its code: it is to be judged again. */
  deferred: boolean;
  /** Of a row on a cycle: the rows above it, those of the cycle among them, as far as they are not known to be on one. */
  unmarked: PendingRow[] | null;
}

/** @param acyclic those that were found not to be on a cycle: more are added */
async function judge(
  lane: Lane,
  front: readonly OrgUnitKey[],
  acyclic: Set<string>,
): Promise<{ turned: OrgUnitKey[]; unmarked: PendingRow[]; deferred: PendingRow[]; lmsIds: string[] }> {
  const unknown = front.filter((row) => !acyclic.has(keyOf(row)));
  const cyclic = unknown.length === 0 ? [] : await mayBeCyclic(lane, unknown);
  const { rows } = await lane.client.query<JudgedRow>({
    name: 'project_org_unit_judge',
    text: judgeOrgUnitsSql,
    values: [
      lane.organizationId,
      front.map((key) => key.sourceSystemId),
      front.map((key) => key.kind),
      front.map((key) => key.sourcedId),
      lane.sourcesJson,
      lane.rootOrgUnitId,
      cyclic?.map((key) => key.sourceSystemId),
      cyclic?.map((key) => key.kind),
      cyclic?.map((key) => key.sourcedId),
    ],
  });
  const judged = new Set(front.map(keyOf));
  for (const row of rows) if (row.unmarked === null) acyclic.add(keyOf(row));
  const key = ({ sourceSystemId, kind, sourcedId }: JudgedRow): OrgUnitKey => ({ sourceSystemId, kind, sourcedId });
  return {
    turned: rows.filter((row) => row.turned).map(key),
    unmarked: rows.flatMap((row) => row.unmarked ?? []).filter((row) => !judged.has(keyOf(row))),
    deferred: rows.filter((row) => row.deferred).map((row) => ({ ...key(row), live: false })),
    lmsIds: [...new Set(rows.flatMap((row) => (row.lms_id === null ? [] : [row.lms_id])))],
  };
}

interface SettledRow {
  changes: number;
  lost: LostParent[];
  gained: string[];
  woken: PendingRow[];
}

async function settle(lane: Lane, lmsIds: readonly string[], areGivenUp = false): Promise<Omit<SettledRow, 'changes'>> {
  if (lmsIds.length === 0) return { lost: [], gained: [], woken: [] };
  const { rows } = await lane.client.query<SettledRow>({
    name: 'project_org_unit_settle',
    text: settleOrgUnitsSql,
    values: [
      lane.organizationId,
      lmsIds,
      lane.sourcesJson,
      lane.lmsOwned.orgUnit,
      lane.counter.seq,
      lane.changeIdHead,
      JSON.stringify(lane.cause),
      lane.rootOrgUnitId,
      lane.messageIds,
      areGivenUp,
      lane.takesBack?.since,
    ],
  });
  const settled = rows[0] ?? { changes: 0, lost: [], gained: [], woken: [] };
  lane.counter.seq += settled.changes;
  return settled;
}

function keyOf(key: OrgUnitKey): string {
  return `${String(key.sourceSystemId)} ${key.kind} ${key.sourcedId}`;
}
