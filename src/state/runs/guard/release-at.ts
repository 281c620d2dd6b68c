import type pg from 'pg';
import { inOrganization } from '../../in-transaction.ts';
import type { HoldingWindow } from './hold-for-window.ts';

export interface HoldToRelease {
  readonly runId: string;
  readonly number: number;
  readonly sourceSystemId: number;
  readonly window: string;
}

/** Holds of runs that can go on, whose window was to have ended by now. */
export function holdsToRelease(pool: pg.Pool, organizationId: number, now: Date): Promise<HoldToRelease[]> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<HoldToRelease>(
      `select h.run_id as "runId", h.number, r.source_system_id as "sourceSystemId", h.finding->>'window' as window
         from run_hold h join run r on r.organization_id = $1 and r.id = h.run_id
        where h.organization_id = $1 and h.state = 'held' and h.release_at is not null and h.release_at <= $2
          and h.expires_at > now() and r.state in ('applying', 'finished')
        order by h.run_id, h.number`,
      [organizationId, now],
    );
    return rows;
  });
}

/** The window goes on, or another one follows. */
export async function postponeHold(
  pool: pg.Pool,
  organizationId: number,
  { runId, number }: HoldToRelease,
  { window, until }: HoldingWindow,
  days: number,
): Promise<void> {
  await inOrganization(pool, organizationId, (client) =>
    client.query(
      `update run_hold set release_at = $4, expires_at = greatest($4, now()) + make_interval(days => $5),
              finding = finding || jsonb_build_object('window', $6::text)
        where organization_id = $1 and run_id = $2 and number = $3 and state = 'held'`,
      [organizationId, runId, number, until, days, window],
    ),
  );
}
