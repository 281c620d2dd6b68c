/**
 * Is an org unit not projected without what it names by this reference (docs/projection.md 4)? A section without its offering, an offering without its
 * template, or its department where it names no template, and either without a parent where it names nothing of these. Others are placed without it.
 *
 * @param reference of the org unit, with its `kind`, the `role` of the reference, and the `roles` of all that it has (JSON)
 */
export const requiresParentSql = (reference: string): string => `case ${reference}.kind
             when 'section' then ${reference}.role = 'offering' or (${reference}.role = 'parent' and not ${reference}.roles ? 'offering')
             when 'offering' then ${reference}.role = 'template' or (${reference}.role = 'department' and not ${reference}.roles ? 'template')
                                  or (${reference}.role = 'parent' and not ${reference}.roles ?| '{template,department}')
             else false end`;
