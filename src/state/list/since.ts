import { uuidv7Floor } from '../../domain/ids.ts';
import type { Reading } from '../lane.ts';

/** What a save point means in the snapshot that is read. */
export type Since =
  /** The numbers of the changes at it or later are from `firstSeq` on; their ids from `firstId` on. */
  | {
      readonly sort: 'kept';
      readonly at: string;
      readonly firstSeq: string;
      readonly firstId: string;
      /** How many changes that are, of all kinds of objects. */
      readonly changes: number;
    }
  /** Changes after it are not kept any more; those before `keptFrom`. */
  | { readonly sort: 'too_old'; readonly keptFrom: Date }
  /** None of ours: it lies in the future. */
  | { readonly sort: 'ahead' }
  /** The database was restored to a state before it. */
  | { readonly sort: 'undone' };

/**
 * Finds the first change at a save point or later. The ids of changes begin with the milliseconds at which their transaction
 * got the lane, so they rise with the numbers, and the place is sought by halving: some twenty look-ups of the primary key
 * for a million changes, and no index more to write.
 */
export async function readSince({ client, organizationId }: Reading, at: string): Promise<Since> {
  const firstId = uuidv7Floor(Math.min(Math.max(Date.parse(at), 0), lastMs));
  const { rows } = await client.query<SinceRow>(sinceSql, [organizationId, at, firstId]);
  const [row] = rows;
  if (row === undefined) throw new Error(`organization ${String(organizationId)} has no lane`);
  if (row.ahead) return { sort: 'ahead' };
  if (row.undone) return { sort: 'undone' };
  if (row.kept_from !== null) return { sort: 'too_old', keptFrom: row.kept_from };
  return { sort: 'kept', at, firstSeq: row.first_seq, firstId, changes: Number(row.changes) };
}

/** What 48 bits hold. */
const lastMs = 2 ** 48 - 1;

interface SinceRow {
  ahead: boolean;
  undone: boolean;
  kept_from: Date | null;
  first_seq: string;
  changes: string;
}

/** Every change up to `low` is earlier, every one from `high` on is not. What retention removed is earlier than what it left. */
const sinceSql = `
  with recursive halving (low, high) as (
    select removed_seq, change_seq + 1 from lane where organization_id = $1
    union all
    select case when probe.earlier then h.middle else h.low end, case when probe.earlier then h.high else h.middle end
      from (select low, high, (low + high) / 2 as middle from halving where high - low > 1) h
      cross join lateral (
        select coalesce((select c.id < $3::uuid from change c where c.organization_id = $1 and c.seq = h.middle limit 1), true) as earlier) probe
  )
  select $2::timestamptz > clock_timestamp() as ahead, l.undone @> $2::timestamptz as undone,
         case when l.removed_seq > 0 and $2::timestamptz < l.removed_before then l.removed_before end as kept_from,
         found.first_seq, l.change_seq + 1 - found.first_seq as changes
    from lane l, (select min(high) as first_seq from halving) found where l.organization_id = $1`;
