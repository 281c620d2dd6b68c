import { orgUnitWireKinds, type WireKind } from '../../../domain/entities.ts';

/**
 * Where in a plan items `i` of these kinds can be: files bring one kind after the other, so the others, which may be a hundred times as
 * many, are not read.
 *
 * $1 organization
 *
 * @param run the number of the parameter for the run
 */
export function amongSql(kinds: readonly WireKind[], run: number): string {
  const spans = `from run_item_span s where s.organization_id = $1 and s.run_id = $${String(run)} and s.kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})`;
  return `i.number between (select min(s.first) ${spans}) and (select max(s.last) ${spans})`;
}

export const amongUnitsSql = (run: number): string => amongSql(orgUnitWireKinds, run);
