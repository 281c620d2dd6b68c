import { type RawBuilder, sql } from 'kysely';
import { waitingEntities, type WaitingEntity, type WaitingFilter } from '../../domain/administration/index.ts';
import type { WireKind } from '../../domain/entities.ts';
import { mostNamed } from '../standing.ts';
import type { Scope } from './in-organization.ts';

export interface WaitingRow {
  entity: WaitingEntity;
  kind: WireKind;
  source_system_id: number;
  sourced_id: string;
  wait_code: string;
  wait_on: string | null;
  declared_at: Date;
  message_id: string;
  lms_id: string | null;
  live: boolean;
}

/** Where a row stands in the list; in the order of its parts. */
export type WaitingKey = readonly [entity: string, code: string, sourcedId: string, source: string, kind: string];

export interface WaitingPage {
  /** undefined: of all. */
  readonly sourceIds: readonly number[] | undefined;
  readonly after: WaitingKey | undefined;
  readonly limit: number;
}

/**
 * Of each entity no more is read than may stand on the page, from where it begins: the waiting rows of a table have an
 * index of their own in the order of the list. What else a row tells is looked up for those of the page.
 */
export async function readWaitingRows(scope: Scope, filter: WaitingFilter, page: WaitingPage): Promise<WaitingRow[]> {
  const { db, organizationId } = scope;
  const from = page.after?.[0] ?? '';
  const entities = [...waitingEntities].filter((each) => each >= from && (filter.entity ?? each) === each);
  if (entities.length === 0) return [];
  const parts = entities.map((entity) => partSql(entity, organizationId, filter, page));
  const order = sql`w.entity collate "C", w.wait_code, w.sourced_id, w.source_system_id, w.kind collate "C"`;
  const { rows } = await sql<WaitingRow>`
    select w.entity, w.kind, w.source_system_id, w.sourced_id, w.wait_code,
           left(w.wait_on, ${mostNamed + 1}) as wait_on, w.declared_at, w.message_id, coalesce(e.id, l.lms_id) as lms_id, w.live
      from (select * from (${sql.join(parts, sql` union all `)}) w order by ${order} limit ${page.limit}) w
      left join link l on l.organization_id = ${organizationId} and l.source_system_id = w.source_system_id
       and l.sourced_id = w.sourced_id and l.kind = w.kind
      left join lms_enrollment e on e.organization_id = ${organizationId} and e.user_id = w.user_id and e.org_unit_id = w.org_unit_id
     order by ${order}`.execute(db);
  return rows;
}

function partSql(entity: WaitingEntity, organizationId: number, filter: WaitingFilter, page: WaitingPage) {
  const kind = entity === 'org_unit' ? sql`, d.kind collate "C"` : sql``;
  const where = sql.join(conditions(entity, organizationId, filter, page), sql` and `);
  return sql`(${rowsSql(entity, organizationId, where, page.limit)}
    order by d.wait_code, d.sourced_id, d.source_system_id${kind} limit ${page.limit})`;
}

/** Rows of an entity, declared in `d`. */
function rowsSql(
  entity: WaitingEntity,
  organizationId: number,
  where: RawBuilder<unknown>,
  limit: number,
): RawBuilder<unknown> {
  const columns = sql`d.source_system_id, d.sourced_id, d.wait_code, d.wait_on, d.declared_at, d.message_id`;
  const nowhere = sql`null::bigint as user_id, null::bigint as org_unit_id`;
  switch (entity) {
    case 'user':
      return sql`select 'user' as entity, 'person' as kind, ${columns}, ${nowhere}, d.live from declared_user d where ${where}`;
    case 'org_unit':
      return sql`select 'org_unit' as entity, d.kind, ${columns}, ${nowhere}, d.live from declared_org_unit d where d.kind <> 'association' and ${where}`;
    case 'association':
      return sql`select 'association' as entity, d.kind, ${columns}, ${nowhere}, d.live from declared_org_unit d where d.kind = 'association' and ${where}`;
    case 'enrollment':
      return sql`select 'enrollment' as entity, 'membership' as kind, ${columns}, d.user_id, d.org_unit_id, false as live from declared_enrollment d where ${where}`;
    case 'relation':
      // Of each person, whom the relations wait for, by the reason.
      return sql`
        select 'relation' as entity, 'person' as kind, d.source_system_id, d.sourced_id, d.wait_code, d.wait_on,
               u.declared_at, u.message_id, ${nowhere}, true as live
          from (select d.source_system_id, d.sourced_id, d.wait_code,
                       string_agg('person ' || d.agent_sourced_id || ' (' || d.kind || ')', ', ' order by d.agent_sourced_id, d.kind) as wait_on
                  from declared_relation d where ${where}
                 group by d.wait_code, d.sourced_id, d.source_system_id
                 order by d.wait_code, d.sourced_id, d.source_system_id limit ${limit}) d
          join declared_user u on u.organization_id = ${organizationId} and u.sourced_id = d.sourced_id and u.source_system_id = d.source_system_id`;
  }
}

function conditions(
  entity: WaitingEntity,
  organizationId: number,
  { sourcedId, code }: WaitingFilter,
  { sourceIds, after }: WaitingPage,
): RawBuilder<unknown>[] {
  return [
    sql`d.organization_id = ${organizationId} and d.wait_code is not null`,
    ...(sourceIds === undefined ? [] : [sql`d.source_system_id = any (${sourceIds}::integer[])`]),
    ...(sourcedId === undefined ? [] : [sql`d.sourced_id = ${sourcedId}`]),
    ...(code === undefined ? [] : [sql`d.wait_code = ${code}`]),
    ...(after?.[0] === entity ? [behind(entity, after)] : []),
  ];
}

function behind(entity: WaitingEntity, [, code, sourcedId, source, kind]: WaitingKey): RawBuilder<unknown> {
  const id = /^\d{1,9}$/.test(source) ? source : '0';
  return entity === 'org_unit'
    ? sql`(d.wait_code, d.sourced_id, d.source_system_id, d.kind collate "C") > (${code}, ${sourcedId}, ${id}::integer, ${kind})`
    : sql`(d.wait_code, d.sourced_id, d.source_system_id) > (${code}, ${sourcedId}, ${id}::integer)`;
}
