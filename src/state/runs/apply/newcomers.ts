import type pg from 'pg';
import type { UserFields } from '../../../domain/entities.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import type { Lane, LaneSource } from '../../lane.ts';
import { openBeside } from './beside.ts';
import type { RunOutcome } from './outcomes.ts';
import { Meeting } from './presumed.ts';
import type { Item } from './read-items.ts';

/** Fewer persons than this are not worth several connections. */
const fewest = 100;

/** One that makes more changes than it has persons waits for the numbers of another. */
const shareSettings = 'set local lock_timeout = 500';

/** Applies items; tells what became of each. */
export type ApplyItems = (
  lane: Lane,
  items: readonly Item[],
  tell: (outcome: Outcome) => void,
) => Promise<RunOutcome[]>;

/**
 * Applies persons on several connections at once, if they are all new and no two of them ask for one user name or id (docs/adr/0063).
 *
 * @param note notes in our transaction that this was applied, if it may be: nothing is committed before
 * @returns undefined where they may not be parted
 * @throws Meeting
 */
export async function applyNewcomers(
  lane: Lane,
  source: LaneSource,
  items: readonly Item[],
  helpers: readonly pg.ClientBase[],
  apply: ApplyItems,
  note: () => Promise<void>,
): Promise<RunOutcome[] | undefined> {
  if (items.length < fewest || helpers.length === 0 || !items.every(isNewPerson)) return undefined;
  if (!(await areApart(lane, source, items))) return undefined;

  const beside = await openBeside(lane, helpers, shareSettings);
  const size = Math.ceil(items.length / beside.lanes.length);
  const shares = beside.lanes.map((each, at) => ({ lane: each, items: items.slice(at * size, (at + 1) * size) }));
  // Each makes one change: numbers are without gaps, and in the order of the commits (rule 2).
  let { seq } = lane.counter;
  const ends = shares.map((share) => {
    share.lane.counter.seq = seq;
    return (seq += share.items.length);
  });
  let created = 0;
  const tell = ({ status }: Outcome): void => void (created += status === 'created' ? 1 : 0);
  // One that fails must not leave others at work on connections that are given back.
  const settled = await Promise.allSettled(shares.map((share) => apply(share.lane, share.items, tell)));
  const told = settled.map((share) => {
    if (share.status === 'fulfilled') return share.value;
    throw new Meeting('a share of persons could not be applied', { cause: share.reason });
  });
  const isDone = shares.every((share, at) => share.lane.counter.seq === ends[at]);
  if (created < items.length || !isDone) throw new Meeting('persons had to do with somebody');
  await lane.statistics?.grew(lane.client, 'user', items.length - (shares.at(-1)?.items.length ?? 0));
  await note();
  await beside.commit();
  await beside.forget();
  return told.flat();
}

function isNewPerson({ kind, operation, command, overtaken, isOutdated, later }: Item): boolean {
  const { verb, fields } = command;
  return (
    kind === 'person' &&
    operation === 'add' &&
    !overtaken &&
    !isOutdated &&
    later === null &&
    (verb === 'replace' || verb === 'update') &&
    ((fields as Partial<UserFields>).relations ?? []).length === 0
  );
}

/**
 * Of persons of whom nothing is known yet, and who are alone with the names and ids that they state, nobody can take anything from another. Whoever
 * comes back may ask for what was stated before.
 */
async function areApart(
  { client, organizationId }: Lane,
  source: LaneSource,
  items: readonly Item[],
): Promise<boolean> {
  const fields = items.map(({ command }) => command.fields as Partial<UserFields>);
  const { rows } = await client.query<{ apart: boolean }>({
    name: 'run_persons_apart',
    text: `select count(distinct k.sourced_id) = count(*) and count(distinct fold(k.name)) = count(k.name)
                  and count(distinct fold(coalesce(k.id, k.sourced_id))) = count(*)
                  and not exists (select from declared_user d
                                   where d.organization_id = $4 and d.source_system_id = $5 and d.sourced_id = any($1)) as apart
             from unnest($1::text[], $2::text[], $3::text[]) as k(sourced_id, name, id)`,
    values: [
      items.map(({ sourcedId }) => sourcedId),
      fields.map(({ userName }) => userName),
      fields.map(({ orgDefinedId }) => orgDefinedId),
      organizationId,
      source.id,
    ],
  });
  return rows[0]?.apart === true;
}
