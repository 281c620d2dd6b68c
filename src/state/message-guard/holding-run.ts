import { uuidv7 } from '../../domain/ids.ts';
import type { RunCounters } from '../../domain/run.ts';
import { defaultHoldDays } from '../../domain/guards.ts';
import type { Lane, LaneSource } from '../lane.ts';

/** A hold of a run of messages, as it stands under the lock of its run. */
export interface MessageHold {
  readonly number: number;
  readonly guard: string;
  readonly kind: string;
  finding: Readonly<Record<string, unknown>>;
  items: number;
  state: string;
  /** Held, and not past its end. */
  open: boolean;
  /** A file has taken the place of all that is in it. */
  readonly isByRun: boolean;
}

/** The run that keeps what is held of the messages of a source system, locked. */
export interface HoldingRun {
  readonly id: string;
  /** The number of its last item. */
  items: number;
  counters: RunCounters;
  readonly holds: MessageHold[];
}

/**
 * Locks the run and its holds: approval, which locks it as well, comes before or after. The lane is held, so nobody else adds to it.
 *
 * @returns undefined where there is none that can take more: it was ended for good, or removed
 */
export async function lockHoldingRun(lane: Lane, { holding }: LaneSource): Promise<HoldingRun | undefined> {
  if (holding.run === null) return undefined;
  const { rows } = await lane.client.query<{ items: number; counters: RunCounters }>({
    name: 'message_run_lock',
    text: `select items::integer, counters from run
            where organization_id = $1 and id = $2 and state in ('finished', 'applying') for update`,
    values: [lane.organizationId, holding.run],
  });
  const [run] = rows;
  if (run === undefined) return undefined;
  const { rows: holds } = await lane.client.query<MessageHold>({
    name: 'message_run_holds',
    text: `select number, guard, kind, finding, items::integer, state, state = 'held' and expires_at > statement_timestamp() as open,
                  coalesce(decided_by like 'run %', false) as "isByRun"
             from run_hold where organization_id = $1 and run_id = $2 order by number for update`,
    values: [lane.organizationId, holding.run],
  });
  return { id: holding.run, ...run, holds };
}

/** A run of its own for each time that something is held until nothing is any more. */
export async function beginHoldingRun(lane: Lane, source: LaneSource): Promise<HoldingRun> {
  const id = uuidv7();
  await lane.client.query({
    name: 'message_run_begin',
    text: `with begun as (
             insert into run (organization_id, id, source_system_id, mode, options, dialect, state, requested_by, planned_at, finished_at, as_of)
             values ($1, $3, $2, 'apply', '{}', 'messages', 'finished', 'messages', statement_timestamp(), statement_timestamp(), statement_timestamp()))
           update source_system set holding_run = $3 where organization_id = $1 and id = $2`,
    values: [lane.organizationId, source.id, id],
  });
  source.holding.run = id;
  return { id, items: 0, counters: {}, holds: [] };
}

/** A hold ends its days after the last that came into it. */
export async function writeHolds(
  lane: Lane,
  { options }: LaneSource,
  run: HoldingRun,
  holds: ReadonlySet<MessageHold>,
  decidedBy: string | null,
): Promise<void> {
  const rows = [...holds].map(({ open: _open, isByRun: _isByRun, ...hold }) => hold);
  await lane.client.query({
    name: 'message_holds_write',
    text: `insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, expires_at, decided_by, decided_at)
           select $1, $2, h.number, h.guard, h.kind, h.finding, h.items, h.state, statement_timestamp() + make_interval(days => $4::integer),
                  case when h.state <> 'held' then $5::text end, case when h.state <> 'held' then statement_timestamp() end
             from jsonb_to_recordset($3) as h(number integer, guard text, kind text, finding jsonb, items bigint, state text)
           on conflict (organization_id, run_id, number) do update
              set finding = excluded.finding, items = excluded.items, state = excluded.state,
                  decided_by = case when excluded.state = 'approved' then run_hold.decided_by else excluded.decided_by end,
                  decided_at = case when excluded.state = 'approved' then run_hold.decided_at else excluded.decided_at end, expires_at = case when $5::text is null then excluded.expires_at else run_hold.expires_at end`,
    values: [lane.organizationId, run.id, JSON.stringify(rows), options.guards.holdDays ?? defaultHoldDays, decidedBy],
  });
}

export async function writeRun(lane: Lane, { id, items, counters }: HoldingRun): Promise<void> {
  await lane.client.query({
    name: 'message_run_write',
    text: `update run set items = $3, counters = $4, finished_at = case when state = 'finished' then statement_timestamp() end
            where organization_id = $1 and id = $2`,
    values: [lane.organizationId, id, items, JSON.stringify(counters)],
  });
}

/** A hold of its own, after the others. */
export function addHold(run: HoldingRun, hold: Pick<MessageHold, 'guard' | 'kind' | 'finding' | 'state'>): MessageHold {
  const number = (run.holds.at(-1)?.number ?? 0) + 1;
  const made: MessageHold = { ...hold, number, items: 0, open: hold.state === 'held', isByRun: false };
  run.holds.push(made);
  return made;
}
