/** The institution role that a person states in `roles` (JSON): the primary one, else the first (docs/projection.md 5). */
export const institutionRoleSql = (roles: string): string => `
        select entry.value->>'role' as role from jsonb_array_elements(nullif(${roles}, 'null')) with ordinality as entry(value, ord)
         order by (entry.value->>'primary')::boolean desc nulls last, entry.ord limit 1`;
