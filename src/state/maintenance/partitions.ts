import pg from 'pg';
import { uuidv7Floor } from '../../domain/ids.ts';
import { inTransaction } from '../in-transaction.ts';

/** The tables that are partitioned by month through their time-ordered ids. */
export const partitionedTables = ['message', 'change'] as const;
export type PartitionedTable = (typeof partitionedTables)[number];

export type Partition = {
  readonly name: string;
  /** First instant in it, and the first one after it. */
  readonly from: Date;
  readonly to: Date;
};

/** Months that always stand ready beyond the present one. */
export const MONTHS_AHEAD = 2;

/** How long a change of partitions may wait for the table; longer, writers would queue up behind it. */
const LOCK_TIMEOUT_MS = 3_000;

/** Makes the partitions of this month and the next ones where they are missing; returns the new ones. */
export async function createPartitions(pool: pg.Pool, table: PartitionedTable, now: Date): Promise<string[]> {
  const there = new Set((await listPartitions(pool, table)).map((partition) => partition.name));
  const made: string[] = [];
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead += 1) {
    const partition = monthOf(table, now, ahead);
    if (!there.has(partition.name) && (await createPartition(pool, table, partition))) made.push(partition.name);
  }
  return made;
}

/** The monthly partitions that are there, oldest first. */
export async function listPartitions(pool: pg.Pool, table: PartitionedTable): Promise<Partition[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = $1::regclass order by c.relname`,
    [table],
  );
  return rows.flatMap(({ name }) => parsePartition(table, name) ?? []);
}

/** Removes a partition with all its rows; writers wait for the moment that takes. */
export async function dropPartition(pool: pg.Pool, { name }: Partition): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}; drop table if exists ${name}`);
  });
}

/**
 * A partition is made apart and then attached: attaching lets readers and writers go on. Rows of its month that came
 * while it was missing (the gateway was down for months) move over from the default partition.
 */
async function createPartition(pool: pg.Pool, table: PartitionedTable, partition: Partition): Promise<boolean> {
  const [from, to] = [uuidv7Floor(partition.from.getTime()), uuidv7Floor(partition.to.getTime())];
  try {
    await inTransaction(pool, async (client) => {
      await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
      // Rows stay whole in their pages as long as they fit: a message's sealed body is neither compressed nor put aside.
      await client.query(
        `create table ${partition.name} (like ${table} including defaults including constraints including storage)
           with (toast_tuple_target = 8160)`,
      );
      // The strays are of all organizations: for this moment, and under its lock, the default partition shows them.
      await client.query(
        `alter table ${table}_default no force row level security;
         with strays as (delete from ${table}_default where id >= '${from}' and id < '${to}' returning *)
         insert into ${partition.name} select * from strays;
         alter table ${table}_default force row level security`,
      );
      await keepOrganizationsApart(client, partition);
      await client.query(
        `alter table ${table} attach partition ${partition.name} for values from ('${from}') to ('${to}')`,
      );
    });
    return true;
  } catch (error) {
    // Another process made it at the same moment.
    if (error instanceof pg.DatabaseError && madeMeanwhile.has(error.code)) return false;
    throw error;
  }
}

/** The policy of the partitioned table binds only what is read through it; this binds what names the partition. */
async function keepOrganizationsApart(client: pg.ClientBase, { name }: Partition): Promise<void> {
  await client.query(
    `alter table ${name} enable row level security;
     alter table ${name} force row level security;
     create policy tenant on ${name} using (organization_id = current_organization())`,
  );
}

/** duplicate_table, duplicate_object (its row type), unique_violation: which one depends on how far the other has come. */
const madeMeanwhile: ReadonlySet<string | undefined> = new Set(['42P07', '42710', '23505']);

/** `message_2026_11`: November 2026, UTC. */
function monthOf(table: PartitionedTable, now: Date, ahead: number): Partition {
  const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
  const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1, 1));
  const month = String(from.getUTCMonth() + 1).padStart(2, '0');
  return { name: `${table}_${from.getUTCFullYear()}_${month}`, from, to };
}

function parsePartition(table: PartitionedTable, name: string): Partition | undefined {
  const [, year, month] = /_(\d{4})_(\d{2})$/.exec(name) ?? [];
  if (year === undefined || month === undefined) return undefined;
  return monthOf(table, new Date(Date.UTC(Number(year), Number(month) - 1, 1)), 0);
}
