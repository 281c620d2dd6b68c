import { recordChangesSql } from '../changes.ts';

/** Does how the pair `t` is to stand differ from how it does? */
export const differsSql = `(t.stands <> t.stood
        or (t.stands and (t.role_id, t.sub_role, t.starts_at, t.ends_at, t.inactive)
                           is distinct from (t.old_role_id, t.old_sub_role, t.old_starts_at, t.old_ends_at, t.old_inactive)))`;

/**
 * From `differing` to `recorded`: writes what differs, and a change of each.
 *
 * @param at the numbers of the parameters for seq base, id head and cause
 */
export function recordedSql(at: { seq: number; head: number; cause: number }): string {
  return `
  created as (
    insert into lms_enrollment (organization_id, user_id, org_unit_id, id, role_id, sub_role, starts_at, ends_at, inactive)
    select $1, user_id, org_unit_id, id, role_id, sub_role, starts_at, ends_at, inactive from differing where not held
  ),
  written as (
    -- Each is there: an upsert finds it by the primary key, whatever the planner believes. What has ended keeps what it was.
    insert into lms_enrollment as e (organization_id, user_id, org_unit_id, id, role_id, sub_role, starts_at, ends_at, inactive, ended)
    select $1, user_id, org_unit_id, id, coalesce(role_id, old_role_id), case when stands then sub_role else old_sub_role end,
           case when stands then starts_at else old_starts_at end, case when stands then ends_at else old_ends_at end,
           case when stands then inactive else old_inactive end, not stands
      from differing where held
    on conflict (organization_id, user_id, org_unit_id) do update
       set role_id = excluded.role_id, sub_role = excluded.sub_role, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
           inactive = excluded.inactive, ended = excluded.ended, version = e.version + 1, changed_at = now()
  ),
  imaged as (
    select d.id as lms_id, d.message_id, d.stood, d.stands, d.user_id, d.org_unit_id,
           case when d.stood then ${imageSql('old_')} end as before, case when d.stands then ${imageSql('')} end as after
      from differing d
  ),
  difference as (
    select 'enrollment' as entity, lms_id, message_id,
           case when stood and stands then 'updated' when stands then 'created' else 'deleted' end as operation,
           case when stood and stands then changed_fields(before, after) else before end as before,
           case when stood and stands then changed_fields(after, before) else after end as after
      from imaged order by user_id, org_unit_id
  ),
  recorded as (${recordChangesSql(at)})`;
}

/** An enrollment as changes have it; most have nothing but a role, and that is cheap to make of texts. */
function imageSql(prefix: '' | 'old_'): string {
  const of = (column: string): string => `d.${prefix}${column}`;
  const always = `'userId', d.user_id::text, 'orgUnitId', d.org_unit_id::text, 'role', ${of('role')}`;
  return `
           case when num_nonnulls(${of('sub_role')}, ${of('starts_at')}, ${of('ends_at')}) = 0 and ${of('role')} is not null and not ${of('inactive')}
             then jsonb_object(array['userId', 'orgUnitId', 'role'], array[d.user_id::text, d.org_unit_id::text, ${of('role')}])
             else jsonb_strip_nulls(jsonb_build_object(${always}, 'subRole', ${of('sub_role')},
                    'startsAt', ${of('starts_at')}, 'endsAt', ${of('ends_at')}, 'state', case when ${of('inactive')} then 'inactive' end)) end`;
}
