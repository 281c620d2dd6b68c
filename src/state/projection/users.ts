import type { Lane } from '../lane.ts';
import type { SourcedKey, UnlinkedIds } from '../touched.ts';
import { type FormerUsers, readFormerUsers } from './former-users.ts';
import { judgeUsersSql } from './users-judge.ts';
import { settleUsersSql } from './users-settle.ts';

/**
 * Projects persons (docs/projection.md 5 and 6): decides for each touched row whether it is live, links it, and brings the
 * LMS users that it reaches up to date. Each round takes up what the one before set free, and what it left open because an
 * earlier row of the round claimed the same name or id: whether that one has it, the LMS users then tell.
 *
 * @param unlinked LMS users that lost a link
 * @returns the rows whose live state changed: what depends on them is to be projected again; and whose relations are
 */
export async function projectUsers(
  lane: Lane,
  touched: readonly SourcedKey[],
  unlinked: UnlinkedIds,
): Promise<TurnedUsers> {
  const turned: Judged[] = [];
  const relating: Judged[] = [];
  // What a run has taken goes back to those of whom it has taken it, before others that wait for it.
  const freed = await settleUsers(lane, unlinked.givenUp, {}, true);
  const former = await readFormerUsers(lane, touched, unlinked.lost);
  const projectAll = async (rows: readonly SourcedKey[]): Promise<void> => {
    for (let pending = rows; pending.length > 0;) {
      const judged = await judgeUsers(lane, pending);
      // Not live: whether it waits or was deleted makes a difference to what waits for it.
      turned.push(...judged.filter((row) => !row.deferred && (row.wasLive !== row.live || !row.live)));
      relating.push(...judged.filter((row) => !row.deferred && row.relates));
      const woken = await settleUsers(lane, [...new Set(judged.flatMap((row) => row.lmsId ?? []))], former);
      pending = [...woken, ...judged.filter((row) => row.deferred)];
    }
  };
  const woken = await settleUsers(lane, unlinked.lost, former);
  // Who had a name before the run has it before those who waited for it then.
  await projectAll(Object.values(former).flatMap(({ rows }) => rows));
  await projectAll([...woken, ...touched, ...freed]);
  // Some of them may have got theirs back only now.
  await projectAll(await settleUsers(lane, Object.keys(former), former));
  return { turned, relating, agents: turned.filter((row) => row.isAgent) };
}

/** What the projection of persons leaves to do. */
export interface TurnedUsers {
  readonly turned: readonly SourcedKey[];
  /** Those who state relations to others, or did so. */
  readonly relating: readonly SourcedKey[];
  /** Those of `turned` who are named in relations. */
  readonly agents: readonly SourcedKey[];
}

export const noUsers: TurnedUsers = { turned: [], relating: [], agents: [] };

interface Judged extends SourcedKey {
  readonly lmsId: string | null;
  readonly live: boolean;
  readonly wasLive: boolean;
  /** An earlier row of the round claims its name or id: it is to be judged again. */
  readonly deferred: boolean;
  readonly relates: boolean;
  readonly isAgent: boolean;
}

/** In the order of their claims. */
async function judgeUsers(lane: Lane, keys: readonly SourcedKey[]): Promise<Judged[]> {
  const { rows } = await lane.client.query<Judged>({
    name: 'project_user_judge',
    text: judgeUsersSql,
    values: [
      lane.organizationId,
      keys.map((key) => key.sourceSystemId),
      keys.map((key) => key.sourcedId),
      lane.sourcesJson,
    ],
  });
  return rows;
}

/** Brings LMS users up to date; answers the rows that waited for a name or id that became free, the earliest first. */
async function settleUsers(
  lane: Lane,
  lmsIds: readonly string[],
  former: FormerUsers,
  areGivenUp = false,
): Promise<SourcedKey[]> {
  if (lmsIds.length === 0) return [];
  const { rows } = await lane.client.query<{ changes: number; woken: SourcedKey[] }>({
    name: 'project_user_settle',
    text: settleUsersSql,
    values: [
      lane.organizationId,
      lmsIds,
      lane.sourcesJson,
      lane.lmsOwned.user,
      lane.counter.seq,
      lane.changeIdHead,
      JSON.stringify(lane.cause),
      lane.messageIds,
      areGivenUp,
      JSON.stringify(former),
    ],
  });
  lane.counter.seq += rows[0]?.changes ?? 0;
  return rows[0]?.woken ?? [];
}
