/** Each goes twice as far along a chain as the one before it: to its end, if that is within a million. */
const rounds = Array.from({ length: 20 }, (_, index) => index + 1);

/**
 * Who gets what only one can have: `lost_claims` are those that are not met. Of several claims of one key the first is looked at. It is met where nobody has the
 * key, or who has it gets another one by the plan: so a chain of those who move up is met if its end is, and of a circle, who swap, nobody is, as it is when
 * they are applied.
 *
 * @param claims a relation with `sort` and `key`, `number` (of the item), `own` (the LMS object that moves, which gives its former key up), `holder` (the LMS
 *   object that has the key) and `is_open` (nobody has it, or gives it up for another reason)
 */
export const claimsSql = (claims: string): string => `
  placed_claims as materialized (
    select c.*, row_number() over (partition by c.sort, c.key order by c.number) as place from ${claims} c
  ),
  movers as materialized (
    select c.sort, c.own, c.holder, c.is_open from placed_claims c where c.place = 1 and c.own is not null
  ),
  chained_0 as materialized (
    select m.sort, m.own, m.holder as reaches from movers m join movers h on h.sort = m.sort and h.own = m.holder where not m.is_open
  ),
  ${rounds
    .map(
      (round) => `chained_${round} as materialized (
    select c.sort, c.own, coalesce(n.reaches, c.reaches) as reaches
      from chained_${round - 1} c left join chained_${round - 1} n on n.sort = c.sort and n.own = c.reaches
  ),`,
    )
    .join('\n  ')}
  met as materialized (
    select m.sort, m.own from movers m where m.is_open
    union all
    select c.sort, c.own from chained_${rounds.length} c join movers m on m.sort = c.sort and m.own = c.reaches and m.is_open
  ),
  first_claims as materialized (
    select c.*, c.is_open or m.own is not null as is_met
      from placed_claims c left join met m on m.sort = c.sort and m.own = c.holder where c.place = 1
  ),
  -- With the one who has it before them, if that is one of the plan.
  lost_claims as materialized (
    select c.*, case when c.place > 1 and f.is_met then f.sourced_id end as won_by
      from placed_claims c join first_claims f on f.sort = c.sort and f.key = c.key where c.place > 1 or not f.is_met
  )`;
