import type pg from 'pg';
import { uuidv7Floor } from '../../domain/ids.ts';
import { inOrganization } from '../in-transaction.ts';
import { dropPartition, listPartitions } from './partitions.ts';

export type Retention = { readonly messageDays: number; readonly changeDays: number };

const DAY_MS = 86_400_000;

/** Removes the months of messages that lie wholly before the days to keep; returns their partitions. */
export async function dropOldMessages(pool: pg.Pool, { messageDays }: Retention, now: Date): Promise<string[]> {
  const keepFrom = now.getTime() - messageDays * DAY_MS;
  const old = (await listPartitions(pool, 'message')).filter(({ to }) => to.getTime() <= keepFrom);
  for (const partition of old) await dropPartition(pool, partition);
  return old.map(({ name }) => name);
}

/**
 * Removes the months of changes that lie wholly before the days to keep. Readers are told first: a cursor that stands
 * before `lane.removed_seq` is answered `cursor_expired` from then on (rule 2), and who comes with a save point from before
 * `lane.removed_before` is answered everything, so nobody misses a change unknowingly.
 */
export async function dropOldChanges(pool: pg.Pool, { changeDays }: Retention, now: Date): Promise<string[]> {
  const keepFrom = now.getTime() - changeDays * DAY_MS;
  const old = (await listPartitions(pool, 'change')).filter(({ to }) => to.getTime() <= keepFrom);
  const last = old.at(-1);
  if (last === undefined) return [];
  for (const organizationId of await organizationIds(pool)) await expireCursors(pool, organizationId, last.to);
  for (const partition of old) await dropPartition(pool, partition);
  return old.map(({ name }) => name);
}

async function expireCursors(pool: pg.Pool, organizationId: number, before: Date): Promise<void> {
  await inOrganization(pool, organizationId, async (client) => {
    await client.query('select from lane where organization_id = $1 for update', [organizationId]);
    await client.query(
      `update lane l set removed_seq = removed.seq, removed_before = $3
         from (select max(seq) as seq from change where organization_id = $1 and id < $2) removed
        where l.organization_id = $1 and removed.seq > l.removed_seq`,
      [organizationId, uuidv7Floor(before.getTime()), before],
    );
  });
}

/** `organization` itself stands outside row-level security. */
export async function organizationIds(pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>('select id from organization order by id');
  return rows.map(({ id }) => id);
}
