import type pg from 'pg';
import { inOrganization } from '../../in-transaction.ts';
import { plannerSettings } from '../../lane.ts';

export interface Hold {
  readonly runId: string;
  readonly number: number;
}

export interface Separated {
  /** The numbers of the holds with what was taken out. */
  readonly parts: readonly number[];
  /** What is left in the hold is of them, too. */
  readonly isRest: boolean;
}

interface Chosen extends Hold {
  /** The numbers of items. */
  readonly items: readonly string[];
  /** Of what is held of messages, beside them: a number may be given again meanwhile. */
  readonly messageIds?: readonly string[];
}

/** Items that get another hold in one transaction: messages wait for its lane. */
export const mostSeparated = 2_000;

/**
 * Takes items out of their hold, into one of their own that is held, or approved, as that is: nothing is decided with it. In many transactions,
 * so that what is decided of them all is one row.
 *
 * @param mayGrow more may come into the hold, so they are taken out of it also where they are all that is there
 */
export async function separateItems(
  pool: pg.Pool,
  organizationId: number,
  { items, messageIds = [], ...hold }: Chosen,
  mayGrow = false,
): Promise<Separated> {
  const parts: number[] = [];
  for (let from = 0; from < items.length; from += mostSeparated) {
    const some = {
      items: items.slice(from, from + mostSeparated),
      messageIds: messageIds.slice(from, from + mostSeparated),
    };
    const part = await inOrganization(pool, organizationId, (client) =>
      separateSome(client, organizationId, hold, parts.at(-1), some, mayGrow),
    );
    if (part === hold.number) return { parts, isRest: true };
    if (part !== undefined && part !== parts.at(-1)) parts.push(part);
  }
  return { parts, isRest: false };
}

interface HoldRow {
  readonly number: number;
  readonly state: string;
  readonly items: string;
  /** How many of the items are in it. */
  readonly there: string;
  readonly next: number;
}

/**
 * @param known where the ones before them are
 * @returns where they are: their own hold, where nothing else is in it; undefined where none is there any more
 */
async function separateSome(
  client: pg.ClientBase,
  organizationId: number,
  { runId, number }: Hold,
  known: number | undefined,
  { items, messageIds = [] }: Pick<Chosen, 'items' | 'messageIds'>,
  mayGrow: boolean,
): Promise<number | undefined> {
  const hold = [organizationId, runId, number];
  await client.query(plannerSettings);
  // The lane, the run, the hold, as whoever decides.
  await client.query('select from lane where organization_id = $1 for update', [organizationId]);
  await client.query('select from run where organization_id = $1 and id = $2 for no key update', [
    organizationId,
    runId,
  ]);
  const { rows } = await client.query<HoldRow>(
    `select h.number, h.state, h.items,
            (select count(*) from unnest($4::bigint[], $5::uuid[]) as m(number, message_id)
               join run_item i on i.organization_id = $1 and i.run_id = $2 and i.number = m.number
                and i.hold = h.number and i.message_id is not distinct from m.message_id) as there,
            (select max(o.number) + 1 from run_hold o where o.organization_id = $1 and o.run_id = $2) as next
       from run_hold h
      where h.organization_id = $1 and h.run_id = $2 and h.number = any($3::integer[]) and h.state in ('held', 'approved') and not h.done
      order by h.number
        for update`,
    [organizationId, runId, [number, known ?? number], items, messageIds],
  );
  const whole = rows.find((row) => row.number === number);
  if (whole === undefined || whole.there === '0') return undefined;
  if (whole.there === whole.items && !mayGrow) return number;
  // Somebody may have decided on those before.
  const part = rows.find((row) => row.number === known && row.state === whole.state)?.number;
  const to = part ?? whole.next;
  await client.query(
    `update run_item i set hold = $4 from unnest($5::bigint[], $6::uuid[]) as m(number, message_id)
      where i.organization_id = $1 and i.run_id = $2 and i.hold = $3 and i.number = m.number and i.message_id is not distinct from m.message_id`,
    [...hold, to, items, messageIds],
  );
  if (part === undefined) await client.query(newPartSql, [...hold, to, whole.there]);
  else await client.query(moreSql, [organizationId, runId, to, whole.there]);
  await client.query(moreSql, [...hold, `-${whole.there}`]);
  return to;
}

const moreSql = 'update run_hold set items = items + $4 where organization_id = $1 and run_id = $2 and number = $3';

const newPartSql = `
  insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, made_at, expires_at, release_at, decided_by, decided_at, applied_to)
  select $1, $2, $4, guard, kind, finding || jsonb_build_object('partOf', number), $5, state, made_at, expires_at, release_at, decided_by, decided_at, applied_to
    from run_hold where organization_id = $1 and run_id = $2 and number = $3`;
