import type pg from 'pg';
import type { SnapshotKind } from '../../../domain/run.ts';
import { inOrganization } from '../../in-transaction.ts';
import type { LeasedRun } from '../lease.ts';
import type { SeenKeys } from './seen-keys.ts';

/** Rows that are looked at; and of those that are absent, how many are told at once. */
const pageSize = 5_000;

/** The sourcedIds of an org unit and of all that the source system declared below it; undefined where it declared none of that id. */
export function belowOf(pool: pg.Pool, run: LeasedRun, under: string): Promise<readonly string[] | undefined> {
  return inOrganization(pool, run.organizationId, async (client) => {
    const { rows } = await client.query<{ below: string[]; is_known: boolean }>(
      `with recursive below as (
         select $3::text collate "C" as sourced_id
         union
         select p.sourced_id from below b
           cross join lateral (
             select p.sourced_id from declared_parent p
              where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = b.sourced_id offset 0) p
       )
       select array(select sourced_id from below) as below,
              exists (select from declared_org_unit d where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = $3) as is_known`,
      [run.organizationId, run.sourceSystemId, under],
    );
    const { below = [], is_known: isKnown = false } = rows[0] ?? {};
    return isKnown || below.length > 1 ? below : undefined;
  });
}

/** The sourcedIds that are declared and that the run has not come across, page by page. */
export async function* absentPages(
  pool: pg.Pool,
  run: LeasedRun,
  kind: SnapshotKind,
  below: readonly string[] | undefined,
  seen: Pick<SeenKeys, 'has'>,
): AsyncGenerator<readonly string[]> {
  let after = '';
  for (;;) {
    const page = await declaredPage(pool, run, kind, below, after);
    const absent = page.filter((sourcedId) => !seen.has({ kind, sourcedId }));
    if (absent.length > 0) yield absent;
    if (page.length < pageSize) return;
    after = page.at(-1) ?? after;
  }
}

function declaredPage(
  pool: pg.Pool,
  run: LeasedRun,
  kind: SnapshotKind,
  below: readonly string[] | undefined,
  after: string,
): Promise<string[]> {
  return inOrganization(pool, run.organizationId, async (client) => {
    // Planned for these very values: the scope is then a hash, and the page a piece of the primary key.
    await client.query(
      'set local plan_cache_mode = force_custom_plan; set local jit = off; set local enable_seqscan = off',
    );
    const { rows } = await client.query<{ sourced_id: string }>(pageSql(kind, below !== undefined), [
      run.organizationId,
      run.sourceSystemId,
      kind,
      after,
      pageSize,
      ...(below === undefined ? [] : [below]),
    ]);
    return rows.map((row) => row.sourced_id);
  });
}

function pageSql(kind: SnapshotKind, isScoped: boolean): string {
  const { table, there, scope } = tableOf(kind);
  return `
    select d.sourced_id from ${table} d
     where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id > $4 and $3::text is not null and ${there} ${isScoped ? `and ${scope}` : ''}
     order by d.sourced_id limit $5`;
}

function tableOf(kind: SnapshotKind): { table: string; there: string; scope: string } {
  switch (kind) {
    case 'membership':
      return {
        table: 'declared_enrollment',
        // What is leaving was absent before.
        there: 'not d.deleted and d.leaving is null',
        scope: 'd.org_unit_sourced_id = any($6::text[])',
      };
    case 'person':
      return { table: 'declared_user', there: 'not d.deleted and not d.released', scope: 'false' };
    case 'group':
    case 'template':
    case 'offering':
    case 'section':
    case 'association':
      return {
        table: 'declared_org_unit',
        there: 'd.kind = $3 and not d.deleted and not d.released and not d.implied',
        scope: 'd.sourced_id = any($6::text[])',
      };
  }
}
