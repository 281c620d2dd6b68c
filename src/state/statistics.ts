import type pg from 'pg';
import type { EntityKind } from '../domain/entities.ts';

/** What is counted: declared records, and the relations that persons state. */
export type Growing = EntityKind | 'relation';

/**
 * Tables whose growth decides which index a look-up takes; the first of each tells how much there is. A table is not looked at for the
 * growth of another one: what is known to be empty is read by any index.
 */
const tablesOf: Record<Growing, readonly string[]> = {
  user: ['declared_user', 'link', 'lms_user'],
  org_unit: ['declared_org_unit', 'declared_parent', 'link', 'lms_org_unit', 'lms_org_unit_parent'],
  association: ['declared_association', 'declared_org_unit', 'link', 'lms_org_unit', 'lms_org_unit_parent'],
  enrollment: ['declared_enrollment', 'lms_enrollment'],
  relation: ['declared_relation', 'lms_relation'],
};

const firstAfter = 50;
const growth = 4;

/**
 * Keeps the planner's statistics in step with a fast first load. Autovacuum looks once a minute; a table that goes from
 * nothing to 100,000 rows meanwhile is planned as if it were empty, by the wrong index, which costs a factor of fifty.
 * The refresh comes at four times the rows of the one before: half a dozen for the first half million.
 */
export interface Statistics {
  /** In the transaction that declared rows, before they are projected: it sees its own rows. */
  declared(client: pg.ClientBase, grown: readonly Growing[]): Promise<void>;
  /** Rows were declared by statements whose plans do not hang on how many there are: they are counted, and looked at after the commit. */
  grew(client: pg.ClientBase, entity: Growing, rows: number): Promise<void>;
  /** After the commit, once the senders are told: what was projected counts too. */
  committed(pool: pg.Pool): Promise<void>;
}

interface Tally {
  rows: number;
  nextAt: number;
}

export function createStatistics(): Statistics {
  const tallies = new Map<Growing, Tally>();
  const due = new Set<string>();

  /** A process that starts on a million rows has no reason to look at them again. */
  async function tallyOf(client: pg.ClientBase, entity: Growing): Promise<Tally> {
    const known = tallies.get(entity);
    if (known !== undefined) return known;
    const { rows } = await client.query<{ rows: number }>(
      'select greatest(reltuples, 0) as rows from pg_class where oid = $1::regclass',
      [tablesOf[entity][0]],
    );
    const held = rows[0]?.rows ?? 0;
    const tally = { rows: held, nextAt: Math.max(firstAfter, held * growth) };
    tallies.set(entity, tally);
    return tally;
  }

  /** Answers the tables that have outgrown what is known of them, and notes that they are to be looked at. */
  async function outgrownBy(client: pg.ClientBase, entity: Growing, rows: number): Promise<readonly string[]> {
    const tally = await tallyOf(client, entity);
    tally.rows += rows;
    if (tally.rows < tally.nextAt) return [];
    tally.nextAt = tally.rows * growth;
    tablesOf[entity].forEach((table) => due.add(table));
    return tablesOf[entity];
  }

  return {
    async declared(client, grown) {
      const outgrown = new Set<string>();
      for (const entity of new Set(grown)) {
        const rows = grown.filter((each) => each === entity).length;
        for (const table of await outgrownBy(client, entity, rows)) outgrown.add(table);
      }
      if (outgrown.size === 0) return;
      // What another transaction looks at just now is left to `committed`: two that look at each other's tables would wait for ever.
      await client.query(`analyze (skip_locked) ${listed(outgrown)}`);
    },
    async grew(client, entity, rows) {
      await outgrownBy(client, entity, rows);
    },
    async committed(pool) {
      if (due.size === 0) return;
      const tables = new Set(due);
      due.clear();
      // One table after the other, each in a transaction of its own: who waits for one holds none.
      await pool.query(`analyze ${listed(tables)}`);
    },
  };
}

function listed(tables: ReadonlySet<string>): string {
  return [...tables].sort().join(', ');
}
