import type pg from 'pg';
import { inOrganization } from '../in-transaction.ts';

/** What does not reach anybody, and who says nothing. */
export interface NoticeFacts {
  readonly silent: readonly { readonly sourceSystem: string; readonly since: Date }[];
  /** Given up within so many days. */
  readonly givenUp: number;
  readonly byMail: number;
}

export function readNoticeFacts(pool: pg.Pool, organizationId: number, days: number): Promise<NoticeFacts> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows: silent } = await client.query<{ sourceSystem: string; since: Date }>(
      `select s.code as "sourceSystem", f.silent_since as since
         from freshness f join source_system s on s.organization_id = f.organization_id and s.id = f.source_system_id
        where f.organization_id = $1 and f.silent_since is not null order by s.code`,
      [organizationId],
    );
    const { rows } = await client.query<{ given_up: number; by_mail: number }>(
      `select (select count(*)::integer from notice
                where organization_id = $1 and state = 'given_up' and ended_at > now() - make_interval(days => $2)) as given_up,
              (select count(*)::integer from notification_subscription
                where organization_id = $1 and enabled and email is not null) as by_mail`,
      [organizationId, days],
    );
    return { silent, givenUp: rows[0]?.given_up ?? 0, byMail: rows[0]?.by_mail ?? 0 };
  });
}
