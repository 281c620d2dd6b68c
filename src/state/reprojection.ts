import type pg from 'pg';
import type { StoreLog } from './flush.ts';
import { inLane } from './in-transaction.ts';
import type { Lane } from './lane.ts';
import { project } from './projection/project.ts';
import { queuedPair } from './projection/queue.ts';
import { failureOf } from './sql-state.ts';
import type { OrgUnitKey, SourcedKey, Touched } from './touched.ts';

/** How many rows of the queue one transaction projects, so that single messages get the lane in between. */
const chunkSize = 1_000;

interface QueuedKey {
  phase: number;
  source_system_id: number;
  kind: string;
  sourced_id: string;
}

/**
 * What projects the next queued rows of an organization; it answers false when the queue is empty. A row that the database refuses
 * is found by halving (rule 3): it is left as it is, and said in the log, so that those behind it do not wait for ever. Chunks
 * grow again from there, since what is at fault often stands together.
 */
export function createReprojection(pool: pg.Pool, log: StoreLog): (organizationId: number) => Promise<boolean> {
  const sizes = new Map<number, number>();
  return async (organizationId) => {
    for (let size = sizes.get(organizationId) ?? chunkSize; ; size = Math.ceil(size / 2)) {
      const tried: { chunk?: Chunk } = {};
      try {
        const more = await projectNext(pool, organizationId, size, tried);
        sizes.set(organizationId, Math.min(size * 2, chunkSize));
        return more;
      } catch (error) {
        if (failureOf(error) !== 'record' || tried.chunk === undefined) throw error;
        const { length } = tried.chunk.keys;
        if (length > 1) {
          size = length;
          continue;
        }
        sizes.set(organizationId, 2);
        const left = await leave(pool, organizationId, tried.chunk);
        if (left !== undefined)
          log.error(
            { organizationId, ...left, err: error },
            'a row could not be projected again, and was left as it is',
          );
        return true;
      }
    }
  };
}

interface Chunk {
  readonly jobId: string;
  readonly keys: readonly QueuedKey[];
}

function projectNext(pool: pg.Pool, organizationId: number, size: number, tried: { chunk?: Chunk }): Promise<boolean> {
  return inLane(pool, organizationId, { reason: 'reproject' }, async (lane) => {
    const job = await nextJob(lane);
    if (job === undefined) return false;
    const keys = await takeKeys(lane, job.id, size);
    tried.chunk = { jobId: job.id, keys };
    const pairs = keys.map(queuedPair);
    const rows = keys.filter((_, index) => pairs[index] === undefined);
    await project(
      { ...lane, cause: job.cause },
      toTouched(rows),
      pairs.filter((pair) => pair !== undefined),
    );
    await noteProgress(lane, job.id, keys.length);
    return true;
  });
}

/** Takes the row that failed from the queue, and no other: another process may have done so meanwhile. */
function leave(pool: pg.Pool, organizationId: number, { jobId, keys }: Chunk): Promise<QueuedKey | undefined> {
  return inLane(pool, organizationId, { reason: 'reproject' }, async (lane) => {
    const [key] = keys;
    if (key === undefined) return undefined;
    const { rowCount } = await lane.client.query({
      name: 'reprojection_leave',
      text: `
        delete from reprojection_key
         where organization_id = $1 and reprojection_id = $2 and phase = $3 and source_system_id = $4 and kind = $5 and sourced_id = $6`,
      values: [organizationId, jobId, key.phase, key.source_system_id, key.kind, key.sourced_id],
    });
    if (rowCount !== 1) return undefined;
    await noteProgress(lane, jobId, 1);
    return key;
  });
}

async function nextJob(lane: Lane): Promise<{ id: string; cause: Lane['cause'] } | undefined> {
  const { rows } = await lane.client.query<{ id: string; cause: Lane['cause'] }>({
    name: 'reprojection_next',
    text: 'select id, cause from reprojection where organization_id = $1 and finished_at is null order by id limit 1',
    values: [lane.organizationId],
  });
  return rows[0];
}

/**
 * The next keys, in the order of the primary key, and deleted as one range of it: whatever the planner believes of the table, a large
 * job costs no more a chunk than a small one.
 */
async function takeKeys(lane: Lane, jobId: string, size: number): Promise<QueuedKey[]> {
  const { rows } = await lane.client.query<QueuedKey>({
    name: 'reprojection_next_keys',
    text: `
      select phase, source_system_id, kind, sourced_id from reprojection_key
       where organization_id = $1 and reprojection_id = $2
       order by phase, source_system_id, kind, sourced_id limit $3`,
    values: [lane.organizationId, jobId, size],
  });
  const last = rows.at(-1);
  if (last === undefined) return [];
  await lane.client.query({
    name: 'reprojection_take',
    text: `
      delete from reprojection_key
       where organization_id = $1 and reprojection_id = $2 and (phase, source_system_id, kind, sourced_id) <= ($3, $4, $5, $6)`,
    values: [lane.organizationId, jobId, last.phase, last.source_system_id, last.kind, last.sourced_id],
  });
  return rows;
}

async function noteProgress(lane: Lane, jobId: string, done: number): Promise<void> {
  await lane.client.query({
    name: 'reprojection_progress',
    text: `
      update reprojection r set done = r.done + $3,
             finished_at = case when not exists (select from reprojection_key k where k.organization_id = $1 and k.reprojection_id = $2) then now() end
       where r.organization_id = $1 and r.id = $2`,
    values: [lane.organizationId, jobId, done],
  });
}

function toTouched(keys: readonly QueuedKey[]): Touched {
  const key = (row: QueuedKey): SourcedKey => ({ sourceSystemId: row.source_system_id, sourcedId: row.sourced_id });
  return {
    users: keys.filter((row) => row.kind === 'person').map(key),
    orgUnits: keys
      .filter((row) => !['person', 'membership', 'relation'].includes(row.kind))
      .map((row) => ({ ...key(row), kind: row.kind as OrgUnitKey['kind'] })),
    enrollments: keys.filter((row) => row.kind === 'membership').map(key),
    relations: keys.filter((row) => row.kind === 'relation').map(key),
  };
}
