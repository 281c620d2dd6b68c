/*
 * Which holds are open: fragments of SQL about a hold `h`.
 */

/** Nobody has decided on it, and still may. */
export const isUndecidedSql = `h.state = 'held' and h.expires_at > statement_timestamp()`;

/** Somebody has approved it, and not all of it is applied. */
export const isUnappliedSql = `h.state = 'approved' and not h.done`;

/** Of the run that holds messages, which lasts. */
export const isOpenSql = `(${isUndecidedSql} or ${isUnappliedSql})`;

/** Of the run `r` of a file: what was approved of one that has ended since is not applied any more. */
export const isOpenOfFileSql = `(${isUndecidedSql} or ${isUnappliedSql} and r.state in ('planned', 'applying'))`;
