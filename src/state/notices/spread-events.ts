import type pg from 'pg';
import { uuidv7 } from '../../domain/ids.ts';
import type { NoticeEvent, NoticeFacts } from '../../domain/notices.ts';
import { inOrganization } from '../in-transaction.ts';
import { readHeld, readRunFacts } from './run-facts.ts';

const atOnce = 20;

interface EventRow {
  id: string;
  source_system_id: number;
  event: NoticeEvent;
  run_id: string | null;
  detail: Pick<NoticeFacts, 'holds' | 'silence' | 'exchange'> | null;
}

/**
 * Makes notices of events that happened: one for each subscription that wants it, in the transaction that takes the event off
 * the list, so that each is made once. Any number of processes may do it at once.
 *
 * @returns true where there may be more
 */
export function spreadEvents(pool: pg.Pool, organizationId: number, giveUpAfterMs: number): Promise<boolean> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<EventRow>(
      `select id, source_system_id, event, run_id, detail from notification_event
        where organization_id = $1 and facts is null order by at limit $2 for update skip locked`,
      [organizationId, atOnce],
    );
    for (const event of rows) await spread(client, organizationId, event, giveUpAfterMs);
    return rows.length === atOnce;
  });
}

async function spread(
  client: pg.ClientBase,
  organizationId: number,
  event: EventRow,
  giveUpAfterMs: number,
): Promise<void> {
  const wanted = await subscriptionsOf(client, organizationId, event);
  const facts = wanted.length === 0 ? undefined : await factsOf(client, organizationId, event);
  if (facts === undefined) {
    await client.query('delete from notification_event where organization_id = $1 and id = $2', [
      organizationId,
      event.id,
    ]);
    return;
  }
  await client.query('update notification_event set facts = $3 where organization_id = $1 and id = $2', [
    organizationId,
    event.id,
    JSON.stringify(facts),
  ]);
  await client.query(
    `insert into notice (organization_id, id, event_id, subscription, state, next_at, give_up_at)
     select $1, n.id, $2, n.name, 'waiting', now(), now() + make_interval(secs => $5)
       from unnest($3::uuid[], $4::text[]) as n(id, name)`,
    [organizationId, event.id, wanted.map(() => uuidv7()), wanted, giveUpAfterMs / 1_000],
  );
}

/** One that is removed meanwhile takes its notices with it. */
async function subscriptionsOf(
  client: pg.ClientBase,
  organizationId: number,
  { event, source_system_id }: EventRow,
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from notification_subscription
      where organization_id = $1 and enabled and $2 = any(events) and (source_system_id is null or source_system_id = $3)
      order by name for key share`,
    [organizationId, event, source_system_id],
  );
  return rows.map(({ name }) => name);
}

/** undefined: there is nothing to tell any more, as of a run that was removed, or holds that were decided meanwhile. */
async function factsOf(
  client: pg.ClientBase,
  organizationId: number,
  { event, source_system_id, run_id, detail }: EventRow,
): Promise<NoticeFacts | undefined> {
  const named = await namesOf(client, organizationId, source_system_id);
  if (run_id === null) return { ...named, ...detail };
  const run = await readRunFacts(client, organizationId, run_id);
  // Of a run that is not to be applied nobody decides anything.
  const holds = run?.mode === 'apply' ? await readHeld(client, organizationId, run_id) : [];
  if (run === undefined || (event === 'held' && holds.length === 0)) return undefined;
  return { ...named, run, ...(holds.length === 0 ? {} : { holds }) };
}

/** How the organization and the source system are called. */
export async function namesOf(
  client: pg.ClientBase,
  organizationId: number,
  sourceSystemId: number | null,
): Promise<Pick<NoticeFacts, 'organization' | 'sourceSystem'>> {
  const { rows } = await client.query<{ code: string; name: string; source_code: string | null; source_name: string }>(
    `select o.code, o.name, s.code as source_code, s.name as source_name
       from organization o left join source_system s on s.organization_id = o.id and s.id = $2
      where o.id = $1`,
    [organizationId, sourceSystemId],
  );
  const [{ code, name, source_code, source_name } = missing] = rows;
  return {
    organization: { code, name },
    sourceSystem: source_code === null ? null : { code: source_code, name: source_name },
  };
}

const missing = { code: '', name: '', source_code: null, source_name: '' };
