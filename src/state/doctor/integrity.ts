import type pg from 'pg';
import { inOrganization } from '../in-transaction.ts';
import { cascadesSql } from '../projection/cascading.ts';

/** What must never be, and how many rows are so; with an example to look at. */
export type Violation = { readonly what: string; readonly count: number; readonly example: string };

/**
 * Looks for what the projection and the schema's missing foreign keys promise never to leave behind in one organization.
 * Reads every row: minutes, on millions.
 */
export function findViolations(pool: pg.Pool, organizationId: number): Promise<Violation[]> {
  return inOrganization(pool, organizationId, async (client) => {
    const found: Violation[] = [];
    for (const { what, sql } of checks) {
      const { rows } = await client.query<{ count: string; example: string | null }>(
        `select count(*), min(bad.example) as example from (${sql}) bad`,
        [organizationId],
      );
      const count = Number(rows[0]?.count ?? 0);
      if (count > 0) found.push({ what, count, example: rows[0]?.example ?? '' });
    }
    return found;
  });
}

const checks: readonly { what: string; sql: string }[] = [
  {
    what: 'projected enrollments of a user who is not there',
    sql: `select e.id::text as example from lms_enrollment e
           where e.organization_id = $1 and not exists (
             select from lms_user u where u.organization_id = $1 and u.id = e.user_id)`,
  },
  {
    what: 'projected enrollments in an org unit that is not there',
    sql: `select e.id::text as example from lms_enrollment e
           where e.organization_id = $1 and not exists (
             select from lms_org_unit o where o.organization_id = $1 and o.id = e.org_unit_id)`,
  },
  {
    what: 'projected enrollments, not ended, that nothing declared reaches',
    sql: `select e.id::text as example from lms_enrollment e
           where e.organization_id = $1 and not e.ended and not exists (
             select from declared_enrollment d where d.organization_id = $1 and d.user_id = e.user_id)`,
  },
  {
    what: 'projected relations, not ended, that nothing declared reaches',
    sql: `select r.id::text as example from lms_relation r
           where r.organization_id = $1 and not r.ended and not exists (
             select from declared_relation d
              where d.organization_id = $1 and d.user_id = r.user_id and d.agent_id = r.agent_id and d.kind = r.kind)`,
  },
  {
    what: 'relations that a person states and that nobody placed, or that nobody states',
    sql: `select coalesce(s.sourced_id, r.sourced_id) as example
            from (select distinct d.source_system_id, d.sourced_id, e.value->>'kind' as kind, (e.value->>'sourcedId') collate "C" as agent_sourced_id
                    from declared_user d cross join lateral jsonb_array_elements(nullif(d.fields->'relations', 'null')) e
                   where d.organization_id = $1) s
            full join (select * from declared_relation where organization_id = $1) r
              using (source_system_id, sourced_id, kind, agent_sourced_id)
           where s.kind is null or r.organization_id is null`,
  },
  {
    what: 'relations of a user who is not there',
    sql: `select r.id::text as example from lms_relation r, unnest(array[r.user_id, r.agent_id]) as one(id)
           where r.organization_id = $1 and not exists (
             select from lms_user u where u.organization_id = $1 and u.id = one.id)`,
  },
  {
    what: 'user names that several LMS users have',
    sql: `select u.user_name_key as example from lms_user u
           where u.organization_id = $1 and u.state <> 'deleted' and u.user_name_key is not null
           group by u.user_name_key having count(*) > 1`,
  },
  {
    what: 'codes that several LMS org units of a type have',
    sql: `select min(u.code) as example from lms_org_unit u
           where u.organization_id = $1 and u.state <> 'deleted'
           group by u.org_unit_type_id, u.code_key having count(*) > 1`,
  },
  {
    what: 'links to an LMS object that is not there',
    sql: `select l.kind || ' ' || l.sourced_id as example from link l
           where l.organization_id = $1 and case when l.kind = 'person'
             then not exists (select from lms_user u where u.organization_id = $1 and u.id = l.lms_id)
             else not exists (select from lms_org_unit o where o.organization_id = $1 and o.id = l.lms_id) end`,
  },
  {
    what: 'projected people or org units without a link',
    sql: `select 'person ' || d.sourced_id as example from declared_user d
           where d.organization_id = $1 and d.live and not exists (
             select from link l where l.organization_id = $1 and l.source_system_id = d.source_system_id
               and l.sourced_id = d.sourced_id and l.kind = 'person')
          union all
          select d.kind || ' ' || d.sourced_id from declared_org_unit d
           where d.organization_id = $1 and d.live and not exists (
             select from link l where l.organization_id = $1 and l.source_system_id = d.source_system_id
               and l.sourced_id = d.sourced_id and l.kind = d.kind)`,
  },
  {
    what: 'parents of org units that are not there',
    sql: `select p.org_unit_id::text as example from lms_org_unit_parent p
           where p.organization_id = $1 and not exists (
             select from lms_org_unit o where o.organization_id = $1 and o.id = p.parent_id)`,
  },
  {
    what: 'children of org units that are not there',
    sql: `select p.org_unit_id::text as example from lms_org_unit_parent p
           where p.organization_id = $1 and not exists (
             select from lms_org_unit o where o.organization_id = $1 and o.id = p.org_unit_id)`,
  },
  {
    what: 'parents of declared org units that are not there',
    sql: `select d.kind || ' ' || d.sourced_id as example from declared_org_unit d, unnest(d.parent_ids) as parent(id)
           where d.organization_id = $1 and not exists (
             select from lms_org_unit o where o.organization_id = $1 and o.id = parent.id)`,
  },
  {
    what: 'declared enrollments that reach a user or an org unit that is not there',
    sql: `select d.sourced_id as example from declared_enrollment d
           where d.organization_id = $1 and (
             d.user_id is not null and not exists (
               select from lms_user u where u.organization_id = $1 and u.id = d.user_id)
             or d.org_unit_id is not null and not exists (
               select from lms_org_unit o where o.organization_id = $1 and o.id = d.org_unit_id))`,
  },
  {
    what: 'declared enrollments that are to end, and that nobody will end',
    sql: `select d.sourced_id as example from declared_enrollment d
           where d.organization_id = $1 and d.leaving is not null and not d.deleted and not exists (
             select from run_leave l where l.organization_id = $1 and l.source_system_id = d.source_system_id
               and l.sourced_id = d.sourced_id and l.state = 'waiting')`,
  },
  // What has ended may name a role that was removed since: only a mapped role cannot be.
  {
    what: 'active users whose role is not there',
    sql: `select u.id::text as example from lms_user u
           where u.organization_id = $1 and u.state = 'active' and u.role_id is not null and not exists (
             select from role r where r.organization_id = $1 and r.id = u.role_id)`,
  },
  {
    what: 'projected enrollments, not ended, whose role is not there',
    sql: `select e.id::text as example from lms_enrollment e
           where e.organization_id = $1 and not e.ended and not exists (
             select from role r where r.organization_id = $1 and r.id = e.role_id)`,
  },
  {
    what: 'org units whose type is not there',
    sql: `select o.id::text as example from lms_org_unit o
           where o.organization_id = $1 and not exists (
             select from org_unit_type t where t.organization_id = $1 and t.id = o.org_unit_type_id)`,
  },
  {
    what: 'overrides of an LMS object that is not there',
    sql: `select o.lms_id::text as example from override o
           where o.organization_id = $1
             and not exists (select from lms_user u where u.organization_id = $1 and u.id = o.lms_id)
             and not exists (select from lms_org_unit u where u.organization_id = $1 and u.id = o.lms_id)`,
  },
  {
    what: 'sections and groups whose enrollments reach their offering wrongly or not at all',
    sql: `select p.org_unit_id::text as example from lms_org_unit_parent p
            join lms_org_unit child on child.organization_id = $1 and child.id = p.org_unit_id
            join lms_org_unit parent on parent.organization_id = $1 and parent.id = p.parent_id
            join org_unit_type ct on ct.organization_id = $1 and ct.id = child.org_unit_type_id
            join org_unit_type pt on pt.organization_id = $1 and pt.id = parent.org_unit_type_id
           where p.organization_id = $1 and p.cascades <> ${cascadesSql('ct.base', 'pt.base')}`,
  },
  {
    what: 'changes numbered beyond the counter of their organization',
    sql: `select c.seq::text as example from change c join lane l using (organization_id)
           where c.organization_id = $1
             and c.seq > greatest(l.change_seq, (select a.change_seq from lane_ahead a where a.organization_id = l.organization_id))`,
  },
  {
    what: 'numbers of changes that were given twice',
    sql: `select c.seq::text as example from change c where c.organization_id = $1 group by c.seq having count(*) > 1`,
  },
  {
    what: 'gaps in the numbers of changes',
    sql: `select (max(c.seq) - min(c.seq) + 1 - count(*))::text as example from change c
           where c.organization_id = $1 having max(c.seq) - min(c.seq) + 1 <> count(*)`,
  },
  {
    what: 'changes that were given a number and are missing at the end',
    sql: `select l.change_seq::text as example from lane l
           where l.organization_id = $1 and l.change_seq > l.removed_seq
             and greatest(l.change_seq, (select a.change_seq from lane_ahead a where a.organization_id = l.organization_id)) <> (select coalesce(max(c.seq), 0) from change c where c.organization_id = $1)`,
  },
];
