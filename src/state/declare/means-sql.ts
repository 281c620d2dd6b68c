/**
 * SQL: does a reference mean the row `g` (kind, sourced_id), which is there? It does if it names its kind, or if nothing else
 * with its id is there (docs/projection.md 3), apart from the row that refers.
 *
 * @param kind the column with the kind that is named, which may be null
 * @param but a condition on `o`, another row with the id, that leaves the referring row out
 */
export const meansSql = (kind: string, but = ''): string => `(${kind} = g.kind or not exists (
  select from declared_org_unit o where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = g.sourced_id
     and o.kind <> g.kind and not o.deleted ${but}))`;
