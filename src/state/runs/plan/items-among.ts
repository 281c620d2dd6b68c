import { orgUnitWireKinds, type WireKind } from '../../../domain/entities.ts';

/**
 * The items of a plan that stand where such of these kinds do, in place of `run_item`: files bring one kind after the other, and what a
 * snapshot leaves out stands at the end. The others, which may be a hundred times as many, are not read.
 *
 * $1 organization
 *
 * @param run the number of the parameter for the run
 */
export function itemsAmongSql(kinds: readonly WireKind[], run: number): string {
  return `(
        select i.*
          from (select distinct s.first, s.last from run_item_span s
                 where s.organization_id = $1 and s.run_id = $${String(run)} and s.kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})) s
         cross join lateral (
           select * from run_item i
            where i.organization_id = $1 and i.run_id = $${String(run)} and i.number between s.first and s.last offset 0) i)`;
}

export const unitItemsSql = (run: number): string => itemsAmongSql(orgUnitWireKinds, run);
