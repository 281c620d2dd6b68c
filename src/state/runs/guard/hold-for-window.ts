import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import { inOrganization } from '../../in-transaction.ts';
import { plannerSettings } from '../../lane.ts';
import { isPlainSql } from '../apply/memberships.ts';
import { LeaseLost, type LeasedRun } from '../lease.ts';
import { liveSql } from './judge-plan.ts';
import { isThere, removalSql } from './risks-sql.ts';

/** A window in which only what a run adds is applied, and what it changes if `changes`. */
export interface HoldingWindow {
  readonly window: string;
  readonly until: Date;
  readonly changes: boolean;
}

/** Items that are marked in one transaction: who decides on a hold of the run, and a message that says something of what is held, wait for it. */
const most = 2_000;

/**
 * Holds what a window keeps back of the items that are to be applied still, kind by kind, a range of the plan after the other. It found grace in the
 * eyes of all other guards and only came at the wrong time: it is applied by itself when the window ends. Whoever takes the run over between two
 * ranges goes on with the same holds.
 *
 * @param days until the hold expires, from the end of the window
 * @throws LeaseLost
 */
export async function holdForWindow(
  pool: pg.Pool,
  run: LeasedRun,
  holding: HoldingWindow,
  days: number,
): Promise<void> {
  const reading = <T>(read: (client: pg.ClientBase) => Promise<T>): Promise<T> =>
    inOrganization(pool, run.organizationId, async (client) => {
      await client.query(plannerSettings);
      return read(client);
    });
  const { first, last } = await reading((client) => extentOf(client, run));
  let live: ReadonlyMap<WireKind, number> | undefined;
  for (let after = first; after < last; after += most) {
    const range: Range = { after, to: after + most, kept: keptBack(holding.changes) };
    // What nobody decided on is the owner's alone, so nothing is locked to look for it.
    const kinds = await reading((client) => kindsIn(client, run, range));
    if (kinds.length === 0) continue;
    live ??= await reading((client) => readLive(client, run));
    for (const kind of kinds) {
      const of = live.get(kind) ?? 0;
      await reading((client) => holdKind(client, run, range, { ...holding, kind, of, days }));
    }
  }
}

interface Range {
  readonly after: number;
  readonly to: number;
  /** What is kept back: a condition on `run_item i`. */
  readonly kept: string;
}

async function extentOf(
  client: pg.ClientBase,
  { organizationId, id }: LeasedRun,
): Promise<{ readonly first: number; readonly last: number }> {
  const { rows } = await client.query<{ first: string; last: string }>(
    `select r.applied_to as first, (select coalesce(max(i.number), 0) from run_item i where i.organization_id = $1 and i.run_id = $2) as last
       from run r where r.organization_id = $1 and r.id = $2`,
    [organizationId, id],
  );
  return { first: Number(rows[0]?.first ?? 0), last: Number(rows[0]?.last ?? 0) };
}

async function kindsIn(
  client: pg.ClientBase,
  { organizationId, id }: LeasedRun,
  { after, to, kept }: Range,
): Promise<readonly WireKind[]> {
  const { rows } = await client.query<{ kind: WireKind }>(
    `select distinct i.kind from run_item i where ${inRange} and ${kept} order by i.kind`,
    [organizationId, id, after, to],
  );
  return rows.map(({ kind }) => kind);
}

async function readLive(
  client: pg.ClientBase,
  { organizationId, sourceSystemId }: LeasedRun,
): Promise<ReadonlyMap<WireKind, number>> {
  const { rows } = await client.query<{ kind: WireKind; count: string }>(liveSql('$1', '$2'), [
    organizationId,
    sourceSystemId,
  ]);
  return new Map(rows.map(({ kind, count }) => [kind, Number(count)]));
}

interface Held extends HoldingWindow {
  readonly kind: WireKind;
  /** How many of the kind are declared. */
  readonly of: number;
  readonly days: number;
}

async function holdKind(
  client: pg.ClientBase,
  { organizationId, id, owner }: LeasedRun,
  { after, to, kept }: Range,
  { kind, window, until, of, days }: Held,
): Promise<void> {
  // The run first, as whoever decides on a hold does.
  const { rows: locked } = await client.query<{ number: number }>(
    `select coalesce((select min(h.number) from run_hold h
                       where h.organization_id = $1 and h.run_id = $2 and h.state = 'held' and h.guard = 'adds_only' and h.kind = $4
                         and h.finding->>'window' = $5 and h.finding->'partOf' is null and h.release_at = $6),
                     (select coalesce(max(h.number), 0) + 1 from run_hold h where h.organization_id = $1 and h.run_id = $2)) as number
       from run r where r.organization_id = $1 and r.id = $2 and r.owner = $3 for no key update`,
    [organizationId, id, owner, kind, window, until],
  );
  const [hold] = locked;
  if (hold === undefined) throw new LeaseLost();
  const { rows } = await client.query<{ kept: number; behind: number }>(markSql(kept), [
    organizationId,
    id,
    after,
    to,
    kind,
    hold.number,
  ]);
  const marked = rows[0] ?? { kept: 0, behind: 0 };
  await client.query(
    `insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, expires_at, release_at)
     values ($1, $2, $3, 'adds_only', $4, $5, $6, 'held', greatest($7, now()) + make_interval(days => $8), $7)
     on conflict (organization_id, run_id, number) do update
        set items = run_hold.items + excluded.items,
            finding = excluded.finding || jsonb_build_object('count', (run_hold.finding->>'count')::bigint + (excluded.finding->>'count')::bigint)`,
    [
      organizationId,
      id,
      hold.number,
      kind,
      JSON.stringify({ count: marked.kept, of, limit: { count: 0 }, window }),
      marked.kept + marked.behind,
      until,
      days,
    ],
  );
}

const inRange = 'i.organization_id = $1 and i.run_id = $2 and i.number > $3 and i.number <= $4';

/**
 * What would end or change what was there before the run, with all that the run says of it. What it adds comes with what it says of it, be that
 * a delete, unless it ends something else.
 */
const keptBack = (changes: boolean): string =>
  `i.hold is null and (${isThere} and ${changes ? removalSql(true) : `i.operation <> 'add'`} or ${endsOthers}) and not ${isCommittedSql}`;

const endsOthers = `i.number in (select f.number from run_fall f where f.organization_id = $1 and f.run_id = $2)`;

/**
 * A helper of a worker that was killed has committed it alone (docs/adr/0063): its row bears the id of the run. An item before it of its key may have
 * written that, too; so the row must say all that it says. New persons are adds, and end nothing.
 */
const isCommittedSql = `(i.kind = 'membership' and ${isPlainSql('i.command')} and exists (
  select from (select d.deleted, jsonb_build_object('userSourcedId', d.user_sourced_id, 'orgUnit', jsonb_build_object('kind', d.org_unit_kind, 'sourcedId', d.org_unit_sourced_id),
                                                    'roles', d.roles, 'attributes', d.attributes) as said
                 from declared_enrollment d
                where d.organization_id = $1 and d.sourced_id = i.sourced_id and d.message_id = $2
                  and d.source_system_id = (select r.source_system_id from run r where r.organization_id = $1 and r.id = $2)) d
   where d.deleted = (i.command->>'verb' = 'delete')
     and d.said = d.said || case i.command->>'verb' when 'replace' then '{"attributes": null}' else '{}' end::jsonb || coalesce(i.command->'fields', i.command->'tombstone', '{}')
  offset 0))`;

/** What the run says of the same keys behind what is kept back waits with it, wherever it stands, to keep its order. */
const markSql = (kept: string): string => `
  with kept as materialized (
    select i.number, i.sourced_id from run_item i where ${inRange} and i.kind = $5 and ${kept}
  ),
  behind as materialized (
    select i.number
      from (select sourced_id, min(number) as number from kept group by sourced_id) k
     cross join lateral (
       select i.number, i.kind, i.hold, i.organization_id from run_item i
        where i.sourced_id = k.sourced_id and i.run_id = $2 and i.organization_id = $1 and i.kind = $5 and i.number > k.number and i.hold is null offset 0) i
  ),
  marked as (
    update run_item i set hold = $6 from (select number from kept union select number from behind) m
     where i.organization_id = $1 and i.run_id = $2 and i.number = m.number
  )
  select (select count(*) from kept)::integer as kept,
         (select count(*) from behind b where not exists (select from kept k where k.number = b.number))::integer as behind`;
