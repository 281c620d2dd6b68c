/**
 * Is an org unit not projected where nothing is there of what it names like this (docs/projection.md 4)? A section without its offering, an offering without its
 * template, or its department where it names no template, and either without any parent where it names nothing of these. Of several of one role the first
 * counts, but of parents any. Others are placed without it, and so is a section that is taught under an association.
 *
 * @param reference of the org unit, with its `kind`, the `role` of the reference, whether it `is_first` of that role, and the `roles` of all that it has (JSON)
 * @param sourcedId of the org unit
 */
export const requiresParentSql = (reference: string, sourcedId: string): string => `(case ${reference}.kind
             when 'section' then (${reference}.role = 'offering' and ${reference}.is_first or (${reference}.role = 'parent' and not ${reference}.roles ? 'offering'))
                                 and not ${inAssociationSql(sourcedId)}
             when 'offering' then (${reference}.role = 'template' and ${reference}.is_first)
                                  or (${reference}.role = 'department' and ${reference}.is_first and not ${reference}.roles ? 'template')
                                  or (${reference}.role = 'parent' and not ${reference}.roles ?| '{template,department}')
             else false end)`;

/**
 * Is an org unit not projected without what it names by this one reference?
 *
 * @param reference as above, with the number of `parents` that the org unit names by the role `parent`
 */
export const fallsWithoutSql = (reference: string, sourcedId: string): string =>
  `((${reference}.role <> 'parent' or ${reference}.parents = 1) and ${requiresParentSql(reference, sourcedId)})`;

/** Is taught under an association that is projected. */
const inAssociationSql = (sourcedId: string): string => `exists (
              select from declared_association a
               where a.organization_id = $1 and a.source_system_id = $2 and a.section_sourced_id = ${sourcedId}
                 and exists (select from declared_org_unit o
                              where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = a.sourced_id
                                and o.kind = 'association' and o.live offset 0))`;
