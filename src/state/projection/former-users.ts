import type { Lane } from '../lane.ts';
import type { SourcedKey } from '../touched.ts';

/** What LMS users were before a run that is taken back, by their ids. */
export type FormerUsers = Readonly<Record<string, FormerUser>>;

interface FormerUser {
  readonly lms_id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly role_id: number | null;
  /** The rows that are restored, and reach it. */
  readonly rows: readonly SourcedKey[];
}

/**
 * LMS users for whom nobody is live keep what they had, so whom a run has brought back would keep what the run said. What they had before is in the
 * changes that are put down to the run, as long as these are kept.
 *
 * @param touched rows that are restored
 * @param unlinked LMS users that lose a link
 */
export async function readFormerUsers(
  lane: Lane,
  touched: readonly SourcedKey[],
  unlinked: readonly string[],
): Promise<FormerUsers> {
  if (lane.takesBack === undefined) return {};
  const { rows } = await lane.client.query<FormerUser>({
    name: 'project_user_former',
    text: formerSql,
    values: [
      lane.organizationId,
      touched.map((key) => key.sourceSystemId),
      touched.map((key) => key.sourcedId),
      unlinked,
      lane.takesBack.runId,
    ],
  });
  return Object.fromEntries(rows.map((row) => [row.lms_id, row]));
}

const formerSql = `
  with reached as (
    select l.lms_id, t.source_system_id, t.sourced_id from unnest($2::integer[], $3::text[]) as t(source_system_id, sourced_id)
      cross join lateral (
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = t.source_system_id and l.sourced_id = t.sourced_id and l.kind = 'person' limit 1) l
    union all
    select id, null, null from unnest($4::bigint[]) as u(id)
  ),
  changed as (
    select r.lms_id, laid_over(c.before order by c.seq desc) as before, laid_over(c.after order by c.seq) as after
      from (select distinct lms_id from reached) r
      cross join lateral (
        select * from change c
         where c.organization_id = $1 and c.lms_id = r.lms_id and c.entity = 'user' and c.cause->>'messageId' = $5 offset 0) c
     group by r.lms_id having bool_and(c.operation = 'updated')
  ),
  former as (
    select c.lms_id,
           (select coalesce(jsonb_agg(jsonb_build_object('sourceSystemId', r.source_system_id, 'sourcedId', r.sourced_id)), '[]')
              from reached r where r.lms_id = c.lms_id and r.sourced_id is not null) as rows,
           (u.fields - array(select jsonb_object_keys(c.after))) || (c.before - '{state,role}'::text[]) as fields,
           case when c.before ? 'role' or c.after ? 'role' then (
             select r.id from role r where r.organization_id = $1 and r.code = c.before->>'role') else u.role_id end as role_id
      from changed c
      cross join lateral (select * from lms_user u where u.organization_id = $1 and u.id = c.lms_id limit 1) u
  )
  select f.lms_id::text, f.role_id, f.fields, f.rows from former f`;
