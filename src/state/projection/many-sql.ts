/**
 * The LMS ids that a statement settles ($2) in their order, as `ids (id, ord)`. The planner takes them for a hundred (a tenth of a
 * thousand, which it takes such a series for), where it takes an unnested array for ten: what is joined with them is hashed, in time that follows their
 * number, instead of compared each with each. Tables are looked up laterally, since it might read them whole for so many.
 */
export const idsSql = `(
        select ord, ($2::bigint[])[ord] as id from generate_subscripts($2::bigint[], 1) as ord limit cardinality($2::bigint[])) ids`;

/**
 * Is what `w` wishes promised to no other LMS object (`promised`)? Two sets, hashed when they are first asked, not rows compared with rows.
 *
 * @param wished columns of `w`
 * @param promised the same of `promised`
 */
export function isPromisedToNobodyElse(wished: readonly string[], promised: readonly string[] = wished): string {
  const wish = wished.map((column) => `w.${column}`).join(', ');
  const key = promised.join(', ');
  return `(((${wish}) in (select ${key} from promised)) is not true
                     or ((${wish}, w.lms_id) in (select ${key}, min(lms_id) from promised group by ${key} having count(*) = 1)) is true)`;
}
