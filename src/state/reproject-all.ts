import type pg from 'pg';
import type { OrgUnitWireKind } from '../domain/entities.ts';
import { inLane } from './in-transaction.ts';
import type { Lane } from './lane.ts';
import { project } from './projection/project.ts';
import { mendCascades } from './mend-cascades.ts';
import type { SourcedKey, Touched } from './touched.ts';
import { nothingTouched } from './touched.ts';

/** How many declared rows one transaction projects again, so that messages get the lane in between. */
const chunkSize = 1_000;

/**
 * Projects all declared rows of an organization again: persons, org units, enrollments. Links, overrides and allocated
 * ids are inputs, so it changes nothing unless something was wrong (rule 6).
 */
export async function reprojectAll(
  pool: pg.Pool,
  organizationId: number,
): Promise<{ touched: number; changes: number }> {
  let { touched, changes } = await mendEdges(pool, organizationId);
  for (const table of ['declared_user', 'declared_org_unit', 'declared_enrollment'] as const) {
    let after: Cursor | undefined = { source_system_id: 0, sourced_id: '', kind: '' };
    while (after !== undefined) {
      const chunk: Chunk = await reprojectChunk(pool, organizationId, table, after);
      touched += chunk.touched;
      changes += chunk.changes;
      after = chunk.next;
    }
  }
  return { touched, changes };
}

/** What is stored with the edges between org units, first: enrollments cascade by it. */
function mendEdges(pool: pg.Pool, organizationId: number): Promise<{ touched: number; changes: number }> {
  return inLane(pool, organizationId, { reason: 'reproject' }, async (lane) => {
    const before = lane.counter.seq;
    const touched = await mendCascades(lane);
    return { touched, changes: lane.counter.seq - before };
  });
}

interface Cursor {
  source_system_id: number;
  sourced_id: string;
  kind: string;
}

interface Chunk {
  touched: number;
  changes: number;
  next: Cursor | undefined;
}

type DeclaredTable = 'declared_user' | 'declared_org_unit' | 'declared_enrollment';

function reprojectChunk(pool: pg.Pool, organizationId: number, table: DeclaredTable, after: Cursor): Promise<Chunk> {
  const work = async (lane: Lane): Promise<Chunk> => {
    const before = lane.counter.seq;
    const rows = await readChunk(lane.client, organizationId, table, after);
    if (rows.length > 0) await project(lane, toTouched(table, rows));
    return {
      touched: rows.length,
      changes: lane.counter.seq - before,
      next: rows.length < chunkSize ? undefined : rows.at(-1),
    };
  };
  return inLane(pool, organizationId, { reason: 'reproject' }, work, Number.MAX_SAFE_INTEGER);
}

async function readChunk(
  client: pg.ClientBase,
  organizationId: number,
  table: DeclaredTable,
  after: Cursor,
): Promise<Cursor[]> {
  const kind = table === 'declared_org_unit' ? 'kind' : `''::text`;
  const { rows } = await client.query<Cursor>(
    `select source_system_id, sourced_id, ${kind} as kind from ${table}
      where organization_id = $1 and (sourced_id, source_system_id, ${kind}) > ($3, $2, $4)
      order by sourced_id, source_system_id, ${kind} limit ${String(chunkSize)}`,
    [organizationId, after.source_system_id, after.sourced_id, after.kind],
  );
  return rows;
}

function toTouched(table: DeclaredTable, rows: readonly Cursor[]): Touched {
  const keyOf = (row: Cursor): SourcedKey => ({ sourceSystemId: row.source_system_id, sourcedId: row.sourced_id });
  if (table === 'declared_user') return { ...nothingTouched, users: rows.map(keyOf) };
  if (table === 'declared_enrollment') return { ...nothingTouched, enrollments: rows.map(keyOf) };
  return {
    ...nothingTouched,
    orgUnits: rows.map((row) => ({ ...keyOf(row), kind: row.kind as OrgUnitWireKind })),
  };
}
