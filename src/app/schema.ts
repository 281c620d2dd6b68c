import type pg from 'pg';
import type { Config } from '../config.ts';
import { migrate } from '../postgres/migrate.ts';
import { maintainPartitions } from '../state/maintenance/maintain.ts';
import type { Retention } from '../state/maintenance/retention.ts';

/** Brings the schema up to this version and makes the months ahead; returns the migrations that were applied. */
export async function prepareSchema(pool: pg.Pool, config: Config): Promise<string[]> {
  const applied = await migrate(pool);
  await maintainPartitions(pool, retentionOf(config), new Date());
  return applied;
}

export function retentionOf({ messageRetentionDays, changeRetentionDays }: Config): Retention {
  return { messageDays: messageRetentionDays, changeDays: changeRetentionDays };
}
