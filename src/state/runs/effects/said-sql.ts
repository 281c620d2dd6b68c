import { removalSql } from '../guard/risks-sql.ts';

/**
 * What a plan says of each key of some kinds, but for what it adds, with the number of the last item that says it: `kind`, `sourced_id`, `number`,
 * `operation`, `verb`, `fields`, `lists`, `wishes`.
 *
 * @param kinds a condition on an item `i`
 * @param hasRepeats a key may have more than one item: they are laid over each other, in their order
 */
export function saidSql(kinds: string, hasRepeats: boolean): string {
  const changing = `
      from run_item i
     where i.organization_id = $1 and i.run_id = $3 and i.operation <> 'add' and ${kinds} and ($4::bigint[] is null or i.number = any($4))`;
  if (!hasRepeats) return `select i.kind, i.sourced_id, i.number, i.operation, ${said}${changing}`;
  return `
    with in_order as materialized (
      select i.kind, i.sourced_id, i.number, i.operation, i.command, ${removalSql(hasRepeats)} as removes,
             min(i.number) over same as first, max(i.number) over same as last,
             max(i.number) filter (where i.command->>'verb' <> 'update') over same as whole
        ${changing}
      window same as (partition by i.kind, i.sourced_id)
    )
    select i.kind, i.sourced_id, i.number, i.operation, ${said}
      from in_order i where i.number = i.last and i.last in (i.first, i.whole)
    union all
    select i.kind, i.sourced_id, i.last, case when bool_or(i.removes) then 'remove' else 'change' end,
           coalesce(max(i.command->>'verb') filter (where i.number = i.whole), 'update'),
           coalesce(jsonb_object_agg(f.name, f.value order by ${changesList} desc, i.number) filter (where f.name is not null), '{}'),
           case when not coalesce(bool_or(${isList} and i.command->>'lists' is null), false) then max(i.command->>'lists') end,
           (array_agg(i.command->'wishes') filter (where i.number = i.whole))[1]
      from in_order i left join lateral jsonb_each(i.command->'fields') f(name, value) on true
     where i.last <> all(array[i.first, coalesce(i.whole, i.first)]) and i.number >= coalesce(i.whole, i.first)
     group by i.kind, i.sourced_id, i.last`;
}

const said = `i.command->>'verb' as verb, coalesce(i.command->'fields', i.command->'tombstone') as fields, i.command->>'lists' as lists, i.command->'wishes' as wishes`;

const isList = `coalesce(jsonb_typeof(f.value) in ('array', 'object'), false)`;

/** Of a list that another item states as a whole, that one counts: what is added to it, or taken out, is not followed. */
const changesList = `(i.command ? 'lists' and ${isList})`;
