import type pg from 'pg';
import type { EntityKind } from '../domain/entities.ts';

/** Tables whose growth decides which index the projection takes. */
const tables = [
  'declared_user',
  'declared_org_unit',
  'declared_parent',
  'declared_association',
  'declared_enrollment',
  'link',
  'lms_user',
  'lms_org_unit',
  'lms_org_unit_parent',
  'lms_enrollment',
  'role_map',
  'org_unit_type_map',
];

const firstAfter = 50;

/**
 * Keeps the planner's statistics in step with a fast first load. Autovacuum looks once a minute; a table that goes from
 * nothing to 100,000 rows meanwhile is planned as if it were empty, by the wrong index, which costs a factor of fifty.
 */
export interface Statistics {
  /** Tells of what was written; refreshes in the background when it may have changed what is true. */
  wrote(entities: readonly EntityKind[]): void;
  /** Resolves when no refresh is under way. */
  settled(): Promise<void>;
}

export function createStatistics(pool: pg.Pool, log: { warn(fields: object, message: string): void }): Statistics {
  const written = new Map<EntityKind, { count: number; nextAt: number }>();
  let running: Promise<void> = Promise.resolve();
  return {
    wrote(entities) {
      let due = false;
      for (const entity of entities) {
        const tally = written.get(entity) ?? { count: 0, nextAt: firstAfter };
        written.set(entity, tally);
        tally.count += 1;
        if (tally.count < tally.nextAt) continue;
        // Each refresh at twice the rows of the one before: a dozen for the first half million, then autovacuum keeps up.
        tally.nextAt = tally.count * 2;
        due = true;
      }
      if (due) running = running.then(() => analyze(pool, log));
    },
    settled: () => running,
  };
}

async function analyze(pool: pg.Pool, log: { warn(fields: object, message: string): void }): Promise<void> {
  try {
    await pool.query(`analyze ${tables.join(', ')}`);
  } catch (error) {
    log.warn({ err: error }, 'the planner statistics could not be refreshed');
  }
}
