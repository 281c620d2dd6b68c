import type { FeedAdministration, ReprojectionView } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { type ChangeWatch } from './change-watch.ts';
import { parseCursor, readChanges, readFeedPosition } from './changes.ts';
import { decodeNumberAfter, isId, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';

/** The changes of the projected state, and the re-projections that are still to come. */
export function createFeed(db: Database, watch: ChangeWatch): FeedAdministration {
  return {
    listChanges: (organizationId, filter, { limit, after }) =>
      readOrganization(db, organizationId, (scope) => readChanges(scope, filter, after, limit)),
    waitForChange: (organizationId, cursor, timeoutMs) =>
      watch.wait(organizationId, BigInt(parseCursor(cursor).seq), timeoutMs),
    currentCursor: (organizationId) =>
      readOrganization(db, organizationId, async (scope) => {
        const { epoch, change_seq } = await readFeedPosition(scope);
        return `${epoch}.${change_seq}`;
      }),
    listReprojections: (organizationId, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const before = decodeNumberAfter(after);
        let query = select(scope)
          .orderBy('id', 'desc')
          .limit(limit + 1);
        if (before !== undefined) query = query.where('id', '<', before);
        return toPage(await query.execute(), limit, (row) => [row.id], toView);
      }),
    getReprojection: (organizationId, id) =>
      readOrganization(db, organizationId, async (scope) => {
        const row = isId(id) ? await select(scope).where('id', '=', id).executeTakeFirst() : undefined;
        if (row !== undefined) return toView(row);
        throw new GatewayError('not_found', `There is no re-projection ${id}.`);
      }),
  };
}

/** The counter of an organization's changes, for the watch. */
export function createSeqReader(db: Database): (organizationId: number) => Promise<bigint> {
  return (organizationId) =>
    readOrganization(db, organizationId, async (scope) => BigInt((await readFeedPosition(scope)).change_seq));
}

function select({ db, organizationId }: Scope) {
  return db
    .selectFrom('reprojection')
    .select(['id', 'cause', 'total', 'done', 'created_at', 'finished_at'])
    .where('organization_id', '=', organizationId);
}

type ReprojectionRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toView(row: ReprojectionRow): ReprojectionView {
  return {
    id: row.id,
    reason: row.cause.reason,
    total: row.total,
    done: row.done,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}
