import type { RunOrganization } from './set-up.ts';

/** What an LMS reads of an organization, one line for each object: whatever is deleted or ended is not there. */
export type LmsReads = readonly string[];

/** With the ids of LMS objects: right after each other two readings of the same state are the same. */
export async function lmsReads(organization: RunOrganization): Promise<LmsReads> {
  return linesOf(organization, readsSql('u.id::text', 'o.id::text'));
}

/** By all that an object says of itself: two organizations that came to the same state in different ways read the same. */
export async function lmsReadsWithoutIds(organization: RunOrganization): Promise<LmsReads> {
  return linesOf(
    organization,
    readsSql(
      `concat_ws(' ', u.state, u.fields->>'userName', u.fields->>'orgDefinedId', u.fields->>'givenName')`,
      `case when t.code = 'organization' then t.code else concat_ws(' ', o.state, t.code, o.code, o.fields->>'name') end`,
    ),
  );
}

async function linesOf(organization: RunOrganization, sql: string): Promise<LmsReads> {
  const rows = await organization.query<{ line: string }>(sql);
  return rows.map(({ line }) => line);
}

function readsSql(user: string, orgUnit: string): string {
  return `
    with person as (select u.id, ${user} as name, u.state, u.fields, u.role_id from lms_user u where u.state <> 'deleted'),
    unit as (
      select o.id, ${orgUnit} as name, o.state, o.fields, o.code, t.code as type
        from lms_org_unit o join org_unit_type t on t.id = o.org_unit_type_id where o.state <> 'deleted')
    select line from (
      select concat_ws(' ', 'user', p.name, p.state, p.fields, r.code) as line from person p left join role r on r.id = p.role_id
      union all
      select concat_ws(' ', 'org unit', o.name, o.state, o.type, o.code, o.fields,
               array(select up.name from lms_org_unit_parent a join unit up on up.id = a.parent_id where a.org_unit_id = o.id order by a.position))
        from unit o where o.type <> 'organization'
      union all
      select concat_ws(' ', 'enrollment', p.name, 'in', o.name, r.code, e.sub_role, e.starts_at, e.ends_at, e.inactive)
        from lms_enrollment e join person p on p.id = e.user_id join unit o on o.id = e.org_unit_id join role r on r.id = e.role_id
       where not e.ended
      union all
      select concat_ws(' ', 'relation', p.name, l.kind, a.name)
        from lms_relation l join person p on p.id = l.user_id join person a on a.id = l.agent_id where not l.ended) reads
     order by line collate "C"`;
}
