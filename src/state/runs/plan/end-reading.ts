import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { SourceSystemOptions } from '../../../domain/source-system.ts';
import { inOrganization } from '../../in-transaction.ts';
import { forgetSeen, LeaseLost, type LeasedRun, renewedSql } from '../lease.ts';
import { doubtedKinds, readDoubts } from '../guard/doubted-kinds.ts';
import { judgePlan } from '../guard/judge-plan.ts';
import { readHeldBefore, supersedeHeld } from '../guard/supersede-held.ts';
import { noteLate } from './note-late.ts';
import type { ReadingMemory } from './planning.ts';
import { isPlanned, type Told, tellMissing } from './tell-missing.ts';
import { tellIdentities } from './tell-identities.ts';
import { tellUnmapped } from './tell-unmapped.ts';
import type { PlanProgress } from './plan-batch.ts';
import { addWords, type DialectWords } from './write-problems.ts';

const statisticsFrom = 500;
/** Commands and images are joined by nothing, and cost most to look at. */
const joinedBy = 'organization_id, run_id, number, kind, sourced_id, operation, hold';

/** What is joined here is joined as a whole: looking up row by row, as for a table that is believed to be small, takes for ever. */
const wholeTables =
  'set local jit = off; set local enable_nestloop = off; set local enable_seqscan = on; set local enable_mergejoin = on';
/** What all of a plan comes to is hashed: most of it has nothing to do with each other, and to sort it is dear. */
const hashed = 'set local enable_mergejoin = off; set local enable_sort = off';
/** What is looked up by a key is, whatever the statistics say of its table, and what stands beside each other is hashed. */
const byKeys =
  'set local jit = off; set local enable_nestloop = off; set local enable_seqscan = off; set local enable_mergejoin = off';

/**
 * Ends reading: references that lead nowhere, and what is not mapped, become problems, what was remembered goes, and the plan is there. What was held
 * before of what it says is superseded. A run that is to go no further has come to its end.
 *
 * @throws LeaseLost; also where a crash of the database took what was remembered, as the file is then to be read again
 */
export async function endReading(
  pool: pg.Pool,
  run: LeasedRun,
  progress: PlanProgress,
  options: Pick<
    SourceSystemOptions,
    'guards' | 'identityRule' | 'userDelete' | 'sectionBringsOffering' | 'adoptOrgUnits'
  >,
  { said, references }: Pick<ReadingMemory, 'said' | 'references'>,
  words: DialectWords = {},
): Promise<void> {
  const { organizationId, id, owner, mode } = run;
  const { keys, problems, items, hasRepeats } = progress;
  // The plan is joined with all that is declared: the planner must know how large it has become.
  if (items > statisticsFrom) await pool.query(`analyze run_item (${joinedBy})`);
  const doubts = await inOrganization(pool, organizationId, (client) => readDoubts(client, run, options.guards));
  const held = await readHeldBefore(pool, run, said, doubtedKinds(run, progress, doubts));
  await inOrganization(pool, organizationId, async (client) => {
    await client.query(wholeTables);
    await requireSeen(client, run, keys);
    const last = problems.error + problems.warning;
    await client.query(byKeys);
    await noteLate(client, run, references);
    const missing = await tellMissing(client, run, options, progress.counters, last);
    await client.query(`${wholeTables}; ${hashed}`);
    const unmapped = items === 0 ? noneTold : await tellUnmapped(client, run, last + missing.told);
    const known = last + missing.told + unmapped.told;
    const conflicts = isPlanned(progress.counters.person)
      ? await tellIdentities(client, run, options, hasRepeats, known)
      : noneTold;
    await client.query(`${wholeTables}; set local enable_sort = on`);
    await forgetSeen(client, organizationId, id);
    const waiting = sumOf(sumOf(missing.waiting, unmapped.waiting), conflicts.waiting);
    const before = missing.told + unmapped.told + conflicts.told;
    const judged = await judgePlan(client, run, progress, {
      options,
      waiting,
      falls: missing.falls,
      stated: said,
      doubts,
      last: last + before,
    });
    const told = before + judged.told;
    if (told > 0) await addWords(client, run, words, last);
    await supersedeHeld(client, run, held);
    const { rowCount } = await client.query(
      `update run set state = $4, planned_at = clock_timestamp(), problems = $5, effects = $6, attempts = 0, ${renewedSql}
        where organization_id = $1 and id = $2 and owner = $3 and state = 'reading' and not paused and not cancel_requested`,
      [
        organizationId,
        id,
        owner,
        'planned',
        JSON.stringify({ ...problems, warning: problems.warning + told }),
        JSON.stringify(judged.effects),
      ],
    );
    if (rowCount !== 1) throw new LeaseLost();
    if (mode !== 'apply') await endEarly(client, run);
  });
}

const noneTold: Told = { told: 0, waiting: {} };

function sumOf(one: Told['waiting'], other: Told['waiting']): Told['waiting'] {
  const sum = { ...one };
  for (const [kind, count] of Object.entries(other) as [WireKind, number][]) sum[kind] = (sum[kind] ?? 0) + count;
  return sum;
}

/** What was remembered is in an unlogged table: the database empties it when it was killed. */
async function requireSeen(client: pg.ClientBase, { organizationId, id }: LeasedRun, keys: number): Promise<void> {
  const { rows } = await client.query<{ count: string }>(
    'select count(*) from run_seen where organization_id = $1 and run_id = $2',
    [organizationId, id],
  );
  if (Number(rows[0]?.count) !== keys) throw new LeaseLost('what was read is not remembered any more');
}

async function endEarly(client: pg.ClientBase, { organizationId, id, mode }: LeasedRun): Promise<void> {
  // Who asked for problems gets no plan; it was needed to find out what waits for what, and what guards would say.
  if (mode === 'validate')
    for (const table of ['run_item', 'run_fall', 'run_hold'])
      await client.query(`delete from ${table} where organization_id = $1 and run_id = $2`, [organizationId, id]);
  await client.query(
    `update run set state = 'finished', finished_at = clock_timestamp(), owner = null, owned_until = null
      where organization_id = $1 and id = $2`,
    [organizationId, id],
  );
}
