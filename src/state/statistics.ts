import type pg from 'pg';
import type { EntityKind } from '../domain/entities.ts';

/** Tables whose growth decides which index a look-up takes. */
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
];

const firstAfter = 50;

/**
 * Keeps the planner's statistics in step with a fast first load. Autovacuum looks once a minute; a table that goes from
 * nothing to 100,000 rows meanwhile is planned as if it were empty, by the wrong index, which costs a factor of fifty.
 * The refresh comes at four times the rows of the one before: half a dozen for the first half million, then autovacuum keeps up.
 */
export interface Statistics {
  /** In the transaction that declared rows, before they are projected: it sees its own rows. */
  declared(client: pg.ClientBase, entities: readonly EntityKind[]): Promise<void>;
  /** After the commit: what was projected counts too. */
  committed(client: pg.ClientBase): Promise<void>;
}

export function createStatistics(): Statistics {
  const tallies = new Map<EntityKind, { count: number; nextAt: number }>();
  let due = false;
  return {
    async declared(client, entities) {
      if (!grew(tallies, entities)) return;
      due = true;
      await analyze(client);
    },
    async committed(client) {
      if (!due) return;
      due = false;
      await analyze(client);
    },
  };
}

function grew(tallies: Map<EntityKind, { count: number; nextAt: number }>, entities: readonly EntityKind[]): boolean {
  let doubled = false;
  for (const entity of entities) {
    const tally = tallies.get(entity) ?? { count: 0, nextAt: firstAfter };
    tallies.set(entity, tally);
    tally.count += 1;
    if (tally.count < tally.nextAt) continue;
    tally.nextAt = tally.count * 4;
    doubled = true;
  }
  return doubled;
}

async function analyze(client: pg.ClientBase): Promise<void> {
  await client.query(`analyze ${tables.join(', ')}`);
}
