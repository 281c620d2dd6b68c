/**
 * What becomes of each field of an LMS object: what its rows state, or an override, or what may not be overwritten (docs/projection.md
 * 6). Common table expressions: after `held`, `stated` and `protected` come `overrides` and `ruled` (lms_id, key, value).
 *
 * $1 organization, $4 fields owned by the LMS
 */
export const ruledFieldsSql = `
  overrides as (
    select h.lms_id, o.field, o.value
      from held h
      cross join lateral (select * from override o where o.organization_id = $1 and o.lms_id = h.lms_id offset 0) o
  ),
  ruled as (
    -- An override wins where the organization gives the field to the LMS, or nobody states it (rule 15).
    select lms_id, key, value from stated s
     where not (s.key = any($4::text[]) and exists (select from overrides o where o.lms_id = s.lms_id and o.field = s.key))
    union all
    select lms_id, key, value from protected p
     where not exists (select from overrides o where o.lms_id = p.lms_id and o.field = p.key)
    union all
    select o.lms_id, o.field, o.value from overrides o
     where o.field = any($4::text[]) or not exists (select from stated s where s.lms_id = o.lms_id and s.key = o.field)
  )`;
