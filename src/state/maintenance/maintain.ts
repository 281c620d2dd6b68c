import type pg from 'pg';
import { inOrganization } from '../in-transaction.ts';
import { mostWindowMinutes } from '../../domain/guards.ts';
import { createLockoutStore } from '../access/lockout-store.ts';
import { purgeNonces } from '../access/nonces.ts';
import { createPartitions, partitionedTables } from './partitions.ts';
import { removeOldExchanges, removeOldRuns } from './old-runs.ts';
import { removeOldUploads } from './old-uploads.ts';
import { purgeReprojections } from './reprojections.ts';
import { dropOldChanges, dropOldMessages, organizationIds, type Retention } from './retention.ts';

export type MaintenanceReport = {
  readonly partitionsMade: readonly string[];
  readonly partitionsDropped: readonly string[];
  readonly runsRemoved: number;
  readonly uploadsRemoved: number;
};

/**
 * Keeps the time-ordered tables in shape: months ahead, months past retention; and removes runs, exchanges and uploads past it. Any number of
 * processes may do it at once. Done before serving and about hourly.
 */
export async function maintainPartitions(pool: pg.Pool, retention: Retention, now: Date): Promise<MaintenanceReport> {
  const partitionsMade: string[] = [];
  for (const table of partitionedTables) partitionsMade.push(...(await createPartitions(pool, table, now)));
  const messages = await dropOldMessages(pool, retention, now);
  const changes = await dropOldChanges(pool, retention, now);
  const oldest = new Date(now.getTime() - retention.messageDays * 86_400_000);
  const runsRemoved = await removeOldRuns(pool, oldest);
  await removeOldExchanges(pool, oldest);
  const uploadsRemoved = await removeOldUploads(pool, oldest);
  return { partitionsMade, partitionsDropped: [...messages, ...changes], runsRemoved, uploadsRemoved };
}

/** Clocks of several machines may disagree by so much. */
const CLOCK_SLACK_MS = 120_000;
const FORGET_FAILURES_MS = 86_400_000;

/** What expired and was removed, counted. */
export type Purged = {
  nonces: number;
  answers: number;
  allocations: number;
  lockouts: number;
  reprojections: number;
  guardWindows: number;
};

/** Longer than the longest window, by clocks that disagree. */
const KEEP_GUARD_WINDOWS_MS = 2 * mostWindowMinutes * 60_000;
const KEEP_REPROJECTIONS_MS = 30 * 86_400_000;

/** Removes what has expired: nonces, remembered answers and allocated ids, old failures, finished work. Done about every minute. */
export async function purgeExpired(pool: pg.Pool, now: Date): Promise<Purged> {
  const expired = new Date(now.getTime() - CLOCK_SLACK_MS);
  const finished = new Date(now.getTime() - KEEP_REPROJECTIONS_MS);
  const nonces = await purgeNonces(pool, expired);
  const lockouts = await createLockoutStore({ pool }).purge(new Date(now.getTime() - FORGET_FAILURES_MS));
  const purged = { nonces, lockouts, answers: 0, allocations: 0, reprojections: 0, guardWindows: 0 };
  for (const id of await organizationIds(pool)) {
    purged.answers += await purgeExpiredOf(pool, 'idempotency', id, expired);
    purged.allocations += await purgeExpiredOf(pool, 'allocation', id, expired);
    purged.guardWindows += await purgeGuardWindows(pool, id, new Date(now.getTime() - KEEP_GUARD_WINDOWS_MS));
    purged.reprojections += await purgeReprojections(pool, id, finished);
  }
  return purged;
}

async function purgeExpiredOf(
  pool: pg.Pool,
  table: 'idempotency' | 'allocation',
  organizationId: number,
  before: Date,
): Promise<number> {
  const { rowCount } = await inOrganization(pool, organizationId, (client) =>
    client.query(`delete from ${table} where organization_id = $1 and expires_at < $2`, [organizationId, before]),
  );
  return rowCount ?? 0;
}

async function purgeGuardWindows(pool: pg.Pool, organizationId: number, before: Date): Promise<number> {
  const { rowCount } = await inOrganization(pool, organizationId, (client) =>
    client.query('delete from guard_window where organization_id = $1 and at < $2', [organizationId, before]),
  );
  return rowCount ?? 0;
}
