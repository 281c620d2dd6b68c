import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import type { Page, PageRequest } from '../../domain/administration/index.ts';
import type { DueNotice, Notice, NoticeEvent, NoticeFacts, NoticeState } from '../../domain/notices.ts';
import { GatewayError, type Problem } from '../../domain/problem.ts';
import type { NoticeFilter, NoticeStore } from '../../domain/notice-stores.ts';
import { decodeAfter, toPage } from '../admin/cursor.ts';
import { inOrganization } from '../in-transaction.ts';
import { spreadEvents } from './spread-events.ts';
import { type SubscriptionRow, toRecipient } from './subscription-row.ts';

interface Parts {
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
  /** How long it is tried. */
  readonly giveUpAfterMs: number;
}

export function createNoticeStore({ pool, sealer, giveUpAfterMs }: Parts): NoticeStore {
  const end = async ({ organizationId, id }: DueNotice, state: NoticeState, problem: Problem | null): Promise<void> => {
    await inOrganization(pool, organizationId, (client) =>
      client.query(
        `update notice set state = $3, problem = coalesce($4, problem), ended_at = now(), claimed_until = null
          where organization_id = $1 and id = $2 and state = 'waiting'`,
        [organizationId, id, state, problem === null ? null : JSON.stringify(problem)],
      ),
    );
  };
  return {
    spread: (organizationId) => spreadEvents(pool, organizationId, giveUpAfterMs),
    async claim(organizationId, forMs) {
      const { rows } = await inOrganization(pool, organizationId, (client) =>
        client.query<DueRow>(claimSql, [organizationId, forMs / 1_000]),
      );
      return rows[0] && toDue(sealer, rows[0]);
    },
    sent: (notice) => end(notice, 'sent', null),
    async failed(notice, problem, again) {
      if (again === null) return end(notice, 'given_up', problem);
      const { organizationId, id } = notice;
      await inOrganization(pool, organizationId, (client) =>
        client.query(
          `update notice set problem = $3, next_at = $4, claimed_until = null
            where organization_id = $1 and id = $2 and state = 'waiting'`,
          [organizationId, id, JSON.stringify(problem), again],
        ),
      );
    },
    list: (organizationId, filter, page) =>
      inOrganization(pool, organizationId, (client) => list(client, organizationId, filter, page)),
    retry: (organizationId, id) =>
      inOrganization(pool, organizationId, (client) => retry(client, organizationId, id, giveUpAfterMs)),
    async forget(organizationId, before) {
      const { rowCount } = await inOrganization(pool, organizationId, (client) =>
        client.query('delete from notification_event where organization_id = $1 and at < $2 and facts is not null', [
          organizationId,
          before,
        ]),
      );
      return rowCount ?? 0;
    },
  };
}

/**
 * Of a subscription that is switched off nothing is sent until it is on again. The one that is due is found once, before
 * anything is joined: a subquery in `from` may be asked again for each row, and then take several.
 */
const claimSql = `
  with due as materialized (
    select d.id from notice d
      join notification_subscription s on s.organization_id = d.organization_id and s.name = d.subscription
     where d.organization_id = $1 and d.state = 'waiting' and d.next_at <= now()
       and (d.claimed_until is null or d.claimed_until < now()) and s.enabled
     order by d.next_at limit 1 for update of d skip locked)
  update notice n set claimed_until = now() + make_interval(secs => $2), attempts = n.attempts + 1
    from due, notification_event e, notification_subscription s
   where n.organization_id = $1 and n.id = due.id
     and e.organization_id = $1 and e.id = n.event_id and s.organization_id = $1 and s.name = n.subscription
  returning n.id as notice_id, n.attempts, n.give_up_at, e.event, e.at, e.facts, s.*`;

interface DueRow extends Omit<SubscriptionRow, 'source_code'> {
  notice_id: string;
  attempts: number;
  give_up_at: Date;
  event: NoticeEvent;
  at: Date;
  facts: NoticeFacts;
}

function toDue(sealer: Sealer, row: DueRow): DueNotice {
  return {
    organizationId: row.organization_id,
    id: row.notice_id,
    message: { event: row.event, at: row.at, facts: row.facts },
    recipient: toRecipient(sealer, row),
    attempts: row.attempts,
    giveUpAt: row.give_up_at,
  };
}

async function list(
  client: pg.ClientBase,
  organizationId: number,
  { state, subscription }: NoticeFilter,
  { limit, after }: PageRequest,
): Promise<Page<Notice>> {
  const [before] = decodeAfter(after, 1) ?? [];
  if (before !== undefined && !isUuid(before))
    throw new GatewayError('invalid_request', 'The cursor is malformed.', { field: 'after' });
  const { rows } = await client.query<Notice>(
    `select n.id, e.event, e.at, s.code as "sourceSystem", e.run_id as "runId", n.subscription, n.state, n.attempts,
            case when n.state = 'waiting' then n.next_at end as "nextAt", n.give_up_at as "giveUpAt", n.problem, n.ended_at as "endedAt"
       from notice n join notification_event e on e.organization_id = n.organization_id and e.id = n.event_id
       join source_system s on s.organization_id = n.organization_id and s.id = e.source_system_id
      where n.organization_id = $1 and ($2::text is null or n.state = $2) and ($3::text is null or n.subscription = $3)
        and ($4::uuid is null or n.id < $4)
      order by n.id desc limit $5`,
    [organizationId, state ?? null, subscription ?? null, before ?? null, limit + 1],
  );
  return toPage(
    rows,
    limit,
    ({ id }) => [id],
    (row) => row,
  );
}

async function retry(client: pg.ClientBase, organizationId: number, id: string, giveUpAfterMs: number): Promise<void> {
  const unknown = new GatewayError('not_found', `There is no notice ${id.slice(0, 40)}.`);
  if (!isUuid(id)) throw unknown;
  const { rows } = await client.query<{ state: NoticeState }>(
    'select state from notice where organization_id = $1 and id = $2 for update',
    [organizationId, id],
  );
  if (rows[0] === undefined) throw unknown;
  if (rows[0].state === 'sent') throw new GatewayError('conflict', 'The notice was delivered.');
  await client.query(
    `update notice set state = 'waiting', next_at = now(), ended_at = null,
            give_up_at = greatest(give_up_at, now() + make_interval(secs => $3))
      where organization_id = $1 and id = $2`,
    [organizationId, id, giveUpAfterMs / 1_000],
  );
}

function isUuid(text: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}
