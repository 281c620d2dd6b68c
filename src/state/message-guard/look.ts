import type { Command } from '../../domain/command.ts';
import type { WireKind } from '../../domain/entities.ts';
import type { MessageGuardName } from '../../domain/guards.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { keyParameters, keysSql } from './keys.ts';

/** What a command would end: rows that it is about, or (`isEffect`) what stands below them and the enrollments there. */
export interface Ended {
  /** The place of the command. */
  readonly at: number;
  readonly kind: WireKind;
  readonly count: number;
  readonly isEffect: boolean;
}

/** What messages did within the window, by guard and kind; and how much there is of a kind, where that is known. */
export interface Window {
  readonly done: Map<string, number>;
  readonly live: Map<WireKind, number>;
}

export function windowKey(guard: MessageGuardName, kind: WireKind): string {
  return `${guard} ${kind}`;
}

/** What commands that end what hangs on it would end, and how the window stands: one statement. What ends by several of them counts for the first. */
export async function look(
  lane: Lane,
  source: LaneSource,
  ending: readonly Command[],
  windowMinutes: number,
): Promise<{ readonly ended: readonly Ended[]; readonly window: Window }> {
  const { own, pairs } = keyParameters(ending);
  const { rows } = await lane.client.query<LookRow>({
    name: 'message_guard_look',
    text: lookSql,
    values: [lane.organizationId, source.id, windowMinutes, ...own, ...pairs],
  });
  const window: Window = { done: new Map(), live: new Map() };
  const ended: Ended[] = [];
  for (const { what, at, kind, guard, count } of rows) {
    if (what === 'window') window.done.set(windowKey(guard, kind), Number(count));
    else if (what === 'base') window.live.set(kind, Number(count));
    else ended.push({ at, kind, count: Number(count), isEffect: what === 'effect' });
  }
  return { ended, window };
}

interface LookRow {
  readonly what: 'own' | 'effect' | 'window' | 'base';
  readonly at: number;
  readonly kind: WireKind;
  readonly guard: MessageGuardName;
  readonly count: string;
}

/** The minute that an entry bears has a minute after it to belong to. */
const lookSql = `
  with recursive own as materialized (
    select k.at, k.kind, k.sourced_id from (${keysSql(4)}) k
     where case k.kind
             when 'person' then exists (
               select from declared_user d
                where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and not d.deleted and not d.released)
             when 'membership' then exists (
               select from declared_enrollment d
                where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and not d.deleted)
             else exists (
               select from declared_org_unit d
                where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind
                  and not d.deleted and not d.released and not d.implied)
           end
  ),
  below as (
    select at, kind, sourced_id from own where kind not in ('person', 'membership')
    union
    select b.at, d.kind, d.sourced_id
      from below b
      cross join lateral (
        select p.kind, p.sourced_id from declared_parent p
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = b.sourced_id
           and (p.parent_kind is null or p.parent_kind = b.kind) offset 0) p
      cross join lateral (
        select d.kind, d.sourced_id from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = p.sourced_id and d.kind = p.kind
           and not d.deleted and not d.released and not d.implied limit 1) d
  ),
  units as (
    select min(b.at) as at, b.kind from below b
     where not exists (select from own o where o.kind = b.kind and o.sourced_id = b.sourced_id)
     group by b.kind, b.sourced_id
  ),
  members as (
    select min(m.at) as at
      from (select b.at, e.sourced_id
              from below b
              cross join lateral (
                select e.sourced_id from declared_enrollment e
                 where e.organization_id = $1 and e.source_system_id = $2 and e.org_unit_sourced_id = b.sourced_id
                   and not e.deleted and e.wait_code is null offset 0) e
            union all
            select o.at, e.sourced_id
              from own o
              cross join lateral (
                select e.sourced_id from declared_enrollment e
                 where e.organization_id = $1 and e.source_system_id = $2 and e.user_sourced_id = o.sourced_id
                   and not e.deleted and e.wait_code is null offset 0) e
             where o.kind = 'person') m
     where not exists (select from own o where o.kind = 'membership' and o.sourced_id = m.sourced_id)
     group by m.sourced_id
  )
  select 'own' as what, at, kind, null as guard, count(*) from own group by at, kind
  union all
  select 'effect', at, kind, null, count(*) from units group by at, kind
  union all
  select 'effect', at, 'membership', null, count(*) from members group by at
  union all
  select 'window', null, w.kind, w.guard, sum(w.count)::bigint
    from guard_window w
   where w.organization_id = $1 and w.source_system_id = $2 and w.at > statement_timestamp() - make_interval(mins => $3 + 1)
   group by w.kind, w.guard
  union all
  select 'base', null, b.kind, null, b.live
    from guard_base b
   where b.organization_id = $1 and b.source_system_id = $2 and b.counted_at > statement_timestamp() - make_interval(mins => $3)`;

/**
 * Counts how much is declared of kinds, as it stands now, and remembers it for a window: percentages are of what there was when
 * it came near a limit, not of what is left.
 */
export async function countLive(lane: Lane, source: LaneSource, kinds: readonly WireKind[]): Promise<Window['live']> {
  const { rows } = await lane.client.query<{ kind: WireKind; live: string }>({
    name: 'message_guard_count',
    text: countSql,
    values: [lane.organizationId, source.id, kinds],
  });
  return new Map(rows.map(({ kind, live }) => [kind, Number(live)]));
}

const countSql = `
  insert into guard_base (organization_id, source_system_id, kind, live, counted_at)
  select $1, $2, k.kind,
         case k.kind
           when 'person' then (
             select count(*) from declared_user d where d.organization_id = $1 and d.source_system_id = $2 and not d.deleted and not d.released)
           when 'membership' then (
             select count(*) from declared_enrollment d where d.organization_id = $1 and d.source_system_id = $2 and not d.deleted)
           else (
             select count(*) from declared_org_unit d
              where d.organization_id = $1 and d.source_system_id = $2 and d.kind = k.kind and not d.deleted and not d.released and not d.implied)
         end,
         statement_timestamp()
    from unnest($3::text[]) as k(kind)
  on conflict (organization_id, source_system_id, kind) do update set live = excluded.live, counted_at = excluded.counted_at
  returning kind, live`;

/** Adds to the window what was done, or would have been. */
export async function addToWindow(lane: Lane, source: LaneSource, done: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...done].map(([key, count]) => {
    const [guard, kind] = key.split(' ');
    return { guard, kind, count };
  });
  await lane.client.query({
    name: 'message_guard_add',
    text: `insert into guard_window (organization_id, source_system_id, guard, kind, at, count)
           select $1, $2, r.guard, r.kind, date_trunc('minute', statement_timestamp()), r.count
             from jsonb_to_recordset($3) as r(guard text, kind text, count bigint)
           on conflict (organization_id, source_system_id, guard, kind, at) do update set count = guard_window.count + excluded.count`,
    values: [lane.organizationId, source.id, JSON.stringify(rows)],
  });
}
