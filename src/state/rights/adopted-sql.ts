/**
 * SQL: the keys of an `Adopted` but `turns`: the LMS object `lms`, and what source systems of a better rank state of it.
 * $1 organization, $2 source system
 *
 * @param declared the declared rows of such objects
 * @param rank the parameter with the rank of the source system
 * @param always what the best of the rows decides, whether it states it or not
 */
export function adoptedOf(
  lms: string,
  declared: 'declared_user' | 'declared_org_unit',
  rank: string,
  always: string,
): string {
  const isOfKind = declared === 'declared_user' ? "ol.kind = 'person'" : 'od.kind = ol.kind';
  return `'held', (
    select coalesce(jsonb_agg(distinct stating.key), '[]')
      from link ol
      join source_system os on os.organization_id = $1 and os.id = ol.source_system_id and (os.rank, os.id) < (${rank}, $2)
      join ${declared} od on od.organization_id = $1 and od.source_system_id = ol.source_system_id and od.sourced_id = ol.sourced_id
       and ${isOfKind} and od.live
     cross join lateral (select jsonb_object_keys(od.fields) union all select '${always}') stating(key)
     where ol.organization_id = $1 and ol.lms_id = ${lms}.id)`;
}
