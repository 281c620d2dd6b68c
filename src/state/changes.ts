/** Why the projected state changed; kept with every Change. */
export interface Cause {
  readonly reason: 'message' | 'map' | 'option' | 'override' | 'reproject';
  readonly messageId?: string;
  /** Instead of one message, where several that committed together have a part in it. */
  readonly messageIds?: readonly string[];
  readonly sourceSystemId?: number;
  /** Who, for what was done by hand: the label of an API token or a command line. */
  readonly actor?: string;
}

/**
 * The tail of a projection statement: records the rows of `difference` (entity, lms_id, operation, before, after,
 * message_id) as Changes. The counter is ours alone while we hold the lane, so seq has no gaps and follows the order of commits.
 *
 * @param at the numbers of the parameters for seq base, id head and cause
 */
export function recordChangesSql(at: { seq: number; head: number; cause: number }): string {
  return `
    insert into change (organization_id, id, seq, entity, lms_id, operation, before, after, cause)
    select $1, ($${String(at.head)}::text || '-7000-8000-' || lpad(to_hex(numbered.seq), 12, '0'))::uuid, numbered.seq,
           numbered.entity, numbered.lms_id, numbered.operation, numbered.before, numbered.after,
           case when numbered.message_id is null then $${String(at.cause)}::jsonb else jsonb_build_object('reason', 'message', 'messageId', numbered.message_id) end
      from (select difference.*, $${String(at.seq)}::bigint + row_number() over () as seq from difference) numbered
    returning lms_id`;
}
