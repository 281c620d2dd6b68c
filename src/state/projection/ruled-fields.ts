/** Of the fields of a row `r` (JSON), those that it may state: an adopted link withholds what its source system may not overwrite. */
export const statedFieldsSql = (row: { keep: string; defaultKey: string; key: string }): string => `
  case when not r.adopted or r.${row.keep} = '[]' then r.fields
       else (select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(r.fields) e
              where not (r.${row.keep} ? (case e.key when '${row.defaultKey}' then '${row.key}' else e.key end)
                         or (r.${row.keep} ? '*' and e.key <> 'active'))) end`;

/**
 * What becomes of each field of the LMS object `h`: what its rows state, or an override, or what may not be overwritten
 * (docs/projection.md 6), laid over each other; null at last is as good as not there. Laterals: `ruled (fields, merged)`, with what
 * is null and without.
 *
 * $1 organization, $4 fields owned by the LMS
 *
 * @param held the fields that the LMS object has
 * @param anybodys names and ids: only they are anybody's when the LMS object was deleted
 */
export const ruledFieldsSql = ({ held, anybodys }: { held: string; anybodys: readonly string[] }): string => `
  cross join lateral (
    select coalesce(jsonb_object_agg(o.field, o.value), '{}') as every,
           coalesce(jsonb_object_agg(o.field, o.value) filter (where o.field = any($4::text[])), '{}') as owned
      from override o where o.organization_id = $1 and o.lms_id = h.lms_id) overriding
  cross join lateral (
    -- What no row states and an adopted row may not overwrite stays.
    select case when s.withheld is null or s.withheld = '[]' or not h.exists then '{}'::jsonb else (
             select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(${held}) e
              where (s.withheld ? e.key or s.withheld ? '*')
                and (h.present or e.key not in (${anybodys.map((key) => `'${key}'`).join(', ')}))) end as fields) protected
  -- An override wins where the organization gives the field to the LMS, or nobody states it (rule 15).
  cross join lateral (
    select protected.fields || overriding.every || coalesce(s.stated, '{}') || overriding.owned as fields offset 0) laid
  -- No value of a field holds a null of its own.
  cross join lateral (select laid.fields, jsonb_strip_nulls(laid.fields) as merged offset 0) ruled`;

/** The value of the best-ranked row: rows are aggregated from the last one to the first, the one that is laid over all others. */
export const ofBestRowSql = (value: string, which: string): string =>
  `(array_agg(${value} order by place desc) filter (where ${which}))[count(*) filter (where ${which})]`;
