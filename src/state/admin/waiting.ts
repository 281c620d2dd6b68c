import { sql } from 'kysely';
import type {
  ObjectAdministration,
  WaitingEntity,
  WaitingFilter,
  WaitingView,
} from '../../domain/administration/index.ts';
import type { WireKind } from '../../domain/entities.ts';
import { decodeAfter, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';
import { readLinks } from './links.ts';
import { readSources, type Sources } from './sources.ts';
import { mostNamed, relationProblem, shortened, waitProblem } from '../standing.ts';

/** Declared rows that are not projected, or of which something is withheld: by entity, reason and sourcedId. */
export function createWaiting(db: Database): Pick<ObjectAdministration, 'listWaiting'> {
  return {
    listWaiting: (organizationId, filter, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const sources = await readSources(scope);
        const rows = await readRows(scope, sources, filter, decodeAfter(after, 5), limit + 1);
        const toView = await viewer(scope, sources, rows.slice(0, limit));
        return toPage(rows, limit, keyOf, toView);
      }),
  };
}

interface WaitingRow {
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

type Key = [entity: string, code: string, sourcedId: string, source: string, kind: string];

function keyOf(row: WaitingRow): Key {
  return [row.entity, row.wait_code, row.sourced_id, String(row.source_system_id), row.kind];
}

/** Waiting rows are few beside the others, and each table has an index of its own of them. */
async function readRows(
  scope: Scope,
  sources: Sources,
  filter: WaitingFilter,
  after: string[] | undefined,
  limit: number,
): Promise<WaitingRow[]> {
  const { db, organizationId } = scope;
  const [entity = '', code = '', sourcedId = '', source = '0', kind = ''] = after ?? [];
  const rows = sql`
    select 'user' as entity, 'person' as kind, d.source_system_id, d.sourced_id, d.wait_code, d.wait_on, d.declared_at, d.message_id,
           null::bigint as reached, d.live
      from declared_user d where d.organization_id = ${organizationId} and d.wait_code is not null
    union all
    select case d.kind when 'association' then 'association' else 'org_unit' end, d.kind, d.source_system_id, d.sourced_id,
           d.wait_code, d.wait_on, d.declared_at, d.message_id, null, d.live
      from declared_org_unit d where d.organization_id = ${organizationId} and d.wait_code is not null
    union all
    select 'enrollment', 'membership', d.source_system_id, d.sourced_id, d.wait_code, d.wait_on, d.declared_at, d.message_id,
           (select e.id from lms_enrollment e where e.organization_id = ${organizationId} and e.user_id = d.user_id and e.org_unit_id = d.org_unit_id), false
      from declared_enrollment d where d.organization_id = ${organizationId} and d.wait_code is not null
    union all
    select 'relation', 'person', d.source_system_id, d.sourced_id, r.wait_code, r.wait_on, d.declared_at, d.message_id, null, true
      from (${relationWaitsSql(organizationId)}) r
      join declared_user d on d.organization_id = ${organizationId} and d.source_system_id = r.source_system_id and d.sourced_id = r.sourced_id`;
  const conditions = [
    sql`w.source_system_id = any (${sources.idsFor(filter.sourceSystem)}::integer[])`,
    ...(filter.sourcedId === undefined ? [] : [sql`w.sourced_id = ${filter.sourcedId}`]),
    ...(filter.entity === undefined ? [] : [sql`w.entity = ${filter.entity}`]),
    ...(filter.code === undefined ? [] : [sql`w.wait_code = ${filter.code}`]),
    ...(after === undefined
      ? []
      : [
          sql`(w.entity collate "C", w.wait_code collate "C", w.sourced_id, w.source_system_id, w.kind collate "C")
              > (${entity}, ${code}, ${sourcedId}, ${/^\d{1,9}$/.test(source) ? source : '0'}::integer, ${kind})`,
        ]),
  ];
  const { rows: found } = await sql<WaitingRow>`
    select w.entity, w.kind, w.source_system_id, w.sourced_id, w.wait_code,
           left(w.wait_on, ${mostNamed + 1}) as wait_on, w.declared_at, w.message_id, coalesce(w.reached, l.lms_id) as lms_id, w.live
      from (${rows}) w
      left join link l on l.organization_id = ${organizationId} and l.source_system_id = w.source_system_id
       and l.sourced_id = w.sourced_id and l.kind = w.kind
     where ${sql.join(conditions, sql` and `)}
     order by w.entity collate "C", w.wait_code collate "C", w.sourced_id, w.source_system_id, w.kind collate "C"
     limit ${limit}`.execute(db);
  return found;
}

/** Of each person, whom the relations wait for, by the reason. */
function relationWaitsSql(organizationId: number) {
  return sql`
    select r.source_system_id, r.sourced_id, r.wait_code,
           string_agg('person ' || r.agent_sourced_id || ' (' || r.kind || ')', ', ' order by r.agent_sourced_id, r.kind) as wait_on
      from declared_relation r where r.organization_id = ${organizationId} and r.wait_code is not null
     group by r.source_system_id, r.sourced_id, r.wait_code`;
}

function messageOf({ entity, wait_code: code, wait_on: on, live }: WaitingRow): string {
  if (entity === 'relation') return relationProblem({ code, on: on ?? '' }).message;
  return waitProblem(code, on, live).message;
}

async function viewer(
  scope: Scope,
  sources: Sources,
  rows: readonly WaitingRow[],
): Promise<(row: WaitingRow) => WaitingView> {
  const links = await readLinks(
    scope,
    sources,
    rows.flatMap((row) => row.lms_id ?? []),
  );
  return (row) => ({
    entity: row.entity,
    kind: row.kind,
    sourcedId: row.sourced_id,
    sourceSystem: sources.codeOf(row.source_system_id),
    lmsId: row.lms_id,
    links: row.lms_id === null ? [] : links(row.lms_id),
    code: row.wait_code,
    on: row.wait_on === null ? null : shortened(row.wait_on),
    message: messageOf(row),
    since: row.declared_at.toISOString(),
    messageId: row.message_id,
  });
}
