/**
 * SQL: can an org unit of this kind be what a reference of this role names? What stands in a column of offerings is one, or the combined offering of
 * an association: a section below a semester, because its code was written there, would be a course that nobody finds.
 *
 * @param role of the reference
 * @param kind of the org unit that it means
 */
export const fitsRoleSql = (role: string, kind: string): string => `case ${role}
             when 'offering' then ${kind} in ('offering', 'association')
             when 'template' then ${kind} = 'template'
             when 'parent' then true
             else ${kind} = 'group' end`;
