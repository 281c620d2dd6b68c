import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { LeasedRun } from '../lease.ts';
import { unitItemsSql } from './items-among.ts';
import type { Reference } from './missing.ts';
import type { SeenKeys } from './seen-keys.ts';

const pageSize = 5_000;

/**
 * Notes what was there when a record of the run named it, and is not in the end: what the run deletes, as a file or by leaving it out of a snapshot, and ids
 * that have come to be those of several kinds. What refers to it was looked up once, and is known by its hash. What is declared refers to such an id as well: what
 * falls by that is noted for itself.
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
    await noteFalls(client, run, rows);
  });
}

interface Row extends Reference {
  readonly kind: WireKind;
  /** The item that makes it, where what is projected names it without a kind and means another one. */
  readonly endsBy?: string | null;
}

function anyOf({ sourcedId }: Row): Reference {
  return { kind: '', sourcedId };
}

const deletedSql = `
  select kind, sourced_id as "sourcedId" from run_seen where organization_id = $1 and run_id = $2 and not states`;

/** Kinds come by what is new. */
const severalKindsSql = `
  select i.kind, i.sourced_id as "sourcedId",
         case when exists (
                select from declared_org_unit d
                 where d.organization_id = $1 and d.source_system_id = $3 and d.sourced_id = i.sourced_id and d.kind <> i.kind and d.live
                   and not exists (select from run_seen gone
                                    where gone.organization_id = $1 and gone.run_id = $2 and gone.sourced_id = d.sourced_id and gone.kind = d.kind
                                      and not gone.states offset 0) offset 0)
              -- Of several that were there, no reference without a kind means one.
              and 1 = (select count(*) from declared_org_unit d
                        where d.organization_id = $1 and d.source_system_id = $3 and d.sourced_id = i.sourced_id and not d.deleted)
              and (exists (select from declared_enrollment e
                            where e.organization_id = $1 and e.source_system_id = $3 and e.org_unit_sourced_id = i.sourced_id and e.org_unit_kind is null
                              and e.user_id is not null offset 0)
                   or exists (select from declared_parent p
                               where p.organization_id = $1 and p.source_system_id = $3 and p.parent_sourced_id = i.sourced_id and p.parent_kind is null offset 0))
              then i.number end as "endsBy"
    from ${unitItemsSql(2)} i
   where i.operation = 'add' and i.entity in ('org_unit', 'association')
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

/** What names such an id without a kind, whoever that is. */
async function noteFalls(
  client: pg.ClientBase,
  { organizationId, id }: LeasedRun,
  rows: readonly Row[],
): Promise<void> {
  const ending = rows.filter(({ endsBy }) => endsBy !== null);
  if (ending.length === 0) return;
  await client.query(
    `insert into run_fall (organization_id, run_id, kind, sourced_id, number)
     select $1, $2, '', n.sourced_id, n.number from unnest($3::text[], $4::bigint[]) as n(sourced_id, number)`,
    [organizationId, id, ending.map(({ sourcedId }) => sourcedId), ending.map(({ endsBy }) => endsBy)],
  );
}
