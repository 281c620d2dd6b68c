import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { LeasedRun } from '../lease.ts';
import type { Reference } from './missing.ts';
import type { SeenKeys } from './seen-keys.ts';

const pageSize = 5_000;

/**
 * Notes what was there when a record of the run named it, and is not in the end: what the run deletes, as a file or by leaving it out of a snapshot, and ids
 * that have come to be those of several kinds. What refers to it was looked up once, and is known by its hash.
 */
export async function noteLate(
  client: pg.ClientBase,
  run: LeasedRun,
  references: Pick<SeenKeys, 'has'>,
): Promise<void> {
  await eachPage(client, deletedSql, [run.organizationId, run.id], async (rows) => {
    const named = rows.flatMap((row): Reference[] => [row, ...(row.kind === 'person' ? [] : [anyOf(row)])]);
    await note(
      client,
      run,
      named.filter((reference) => references.has(reference)),
    );
  });
  await eachPage(client, severalKindsSql, [run.organizationId, run.id, run.sourceSystemId], async (rows) => {
    await note(
      client,
      run,
      rows.map(anyOf).filter((reference) => references.has(reference)),
    );
  });
}

type Row = Reference & { readonly kind: WireKind };

function anyOf({ sourcedId }: Row): Reference {
  return { kind: '', sourcedId };
}

const deletedSql = `
  select kind, sourced_id as "sourcedId" from run_seen where organization_id = $1 and run_id = $2 and not states`;

/** Kinds come by what is new. */
const severalKindsSql = `
  select i.kind, i.sourced_id as "sourcedId"
    from run_item i
   where i.organization_id = $1 and i.run_id = $2 and i.operation = 'add' and i.entity in ('org_unit', 'association')
     and (exists (select from run_seen s
                   where s.organization_id = $1 and s.run_id = $2 and s.sourced_id = i.sourced_id and s.kind not in ('person', i.kind) and s.states)
          or exists (select from declared_org_unit d
                      where d.organization_id = $1 and d.source_system_id = $3 and d.sourced_id = i.sourced_id and d.kind <> i.kind and not d.deleted))`;

async function eachPage(
  client: pg.ClientBase,
  sql: string,
  values: readonly unknown[],
  take: (rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  await client.query(`declare late no scroll cursor for ${sql}`, [...values]);
  for (;;) {
    const { rows } = await client.query<Row>(`fetch ${String(pageSize)} from late`);
    if (rows.length > 0) await take(rows);
    if (rows.length < pageSize) break;
  }
  await client.query('close late');
}

async function note(
  client: pg.ClientBase,
  { organizationId, id }: LeasedRun,
  named: readonly Reference[],
): Promise<void> {
  if (named.length === 0) return;
  await client.query(
    `insert into run_missing (organization_id, run_id, sourced_id, kind, waiting, by_kind)
     select $1, $2, n.sourced_id, n.kind, 0, '' from unnest($3::text[], $4::text[]) as n(kind, sourced_id)
     on conflict do nothing`,
    [organizationId, id, named.map(({ kind }) => kind), named.map(({ sourcedId }) => sourcedId)],
  );
}
