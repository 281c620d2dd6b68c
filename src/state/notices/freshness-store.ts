import type pg from 'pg';
import type {
  Freshness,
  FreshnessCalendar,
  FreshnessStore,
  WatchedSource,
  WatchFindings,
} from '../../domain/freshness.ts';
import { uuidv7Floor } from '../../domain/ids.ts';
import type { SilenceFacts } from '../../domain/notices.ts';
import { GatewayError } from '../../domain/problem.ts';
import { inOrganization } from '../in-transaction.ts';
import { raiseEvent } from './raise-event.ts';

interface FreshnessRow {
  source_system_id: number;
  calendar: FreshnessCalendar;
  watched_from: Date;
  heard_at: Date | null;
  looked_to: Date;
  next_at: Date;
  silent_since: Date | null;
  version: number;
}

/** When it is watched for the first time, so much of the journal is asked for the last message. */
const firstLook = `interval '7 days'`;
/** A message gets its id when it arrives, and is there a little later. */
const commitSlackMs = 5 * 60_000;

export function createFreshnessStore({ pool }: { readonly pool: pg.Pool }): FreshnessStore {
  return {
    find: ({ organizationId, sourceSystemId }) =>
      inOrganization(pool, organizationId, async (client) => {
        const { rows } = await client.query<FreshnessRow>(
          'select * from freshness where organization_id = $1 and source_system_id = $2',
          [organizationId, sourceSystemId],
        );
        const [row] = rows;
        return (
          row && toFreshness({ ...row, heard_at: (await newlyHeard(client, organizationId, row)) ?? row.heard_at })
        );
      }),
    async put({ organizationId, sourceSystemId }, calendar, { actor, expected }) {
      const { rowCount } = await inOrganization(pool, organizationId, (client) =>
        client.query(
          `insert into freshness as f (organization_id, source_system_id, calendar, looked_to, next_at, changed_by)
           select $1, $2, $3, now() - ${firstLook}, now(), $4
            where $5::text is null or $5 = coalesce((select version::text from freshness where organization_id = $1 and source_system_id = $2), '0')
           on conflict (organization_id, source_system_id)
           do update set calendar = excluded.calendar, next_at = now(), version = f.version + 1, changed_at = now(),
                         changed_by = excluded.changed_by
            where $5::text is null or $5 = f.version::text`,
          [
            organizationId,
            sourceSystemId,
            JSON.stringify(calendar),
            actor,
            expected === undefined ? null : String(expected),
          ],
        ),
      );
      if (rowCount !== 1) throw otherVersion();
    },
    async remove({ organizationId, sourceSystemId }) {
      const { rowCount } = await inOrganization(pool, organizationId, (client) =>
        client.query('delete from freshness where organization_id = $1 and source_system_id = $2', [
          organizationId,
          sourceSystemId,
        ]),
      );
      if (rowCount !== 1) throw new GatewayError('not_found', 'The source system is not watched.');
    },
    look: (organizationId, now, judge) =>
      inOrganization(pool, organizationId, async (client) => {
        const { rows } = await client.query<FreshnessRow & { enabled: boolean }>(
          `select f.*, s.state <> 'disabled' as enabled
             from freshness f join source_system s on s.organization_id = f.organization_id and s.id = f.source_system_id
            where f.organization_id = $1 and f.next_at <= $2 order by f.next_at limit 1 for update of f skip locked`,
          [organizationId, now],
        );
        const [row] = rows;
        if (row === undefined) return false;
        await lookAt(client, organizationId, row, now, judge);
        return true;
      }),
  };
}

async function lookAt(
  client: pg.ClientBase,
  organizationId: number,
  row: FreshnessRow & { enabled: boolean },
  now: Date,
  judge: (source: WatchedSource) => WatchFindings,
): Promise<void> {
  const { calendar, enabled, watched_from: watchedFrom, heard_at: heardAt, silent_since: silentSince } = row;
  const newlyHeardAt = await newlyHeard(client, organizationId, row);
  const found = judge({ calendar, enabled, watchedFrom, heardAt, newlyHeardAt, silentSince });
  await client.query(
    `update freshness set watched_from = $3, heard_at = $4, silent_since = $5, next_at = $6, looked_to = greatest(looked_to, $7)
      where organization_id = $1 and source_system_id = $2`,
    [
      organizationId,
      row.source_system_id,
      found.watchedFrom,
      found.heardAt,
      found.silentSince,
      found.nextAt,
      new Date(now.getTime() - commitSlackMs),
    ],
  );
  if (found.tell === undefined) return;
  const silence: SilenceFacts = {
    lastHeardAt: found.heardAt?.toISOString() ?? null,
    silentSince: (found.silentSince ?? silentSince ?? now).toISOString(),
    maxSilenceMinutes: calendar.maxSilenceMinutes,
  };
  const sourceSystemId = row.source_system_id;
  await raiseEvent(client, { organizationId, sourceSystemId, event: found.tell, detail: { silence } });
}

/** When it was heard last, if that is later than is known of it. */
async function newlyHeard(client: pg.ClientBase, organizationId: number, row: FreshnessRow): Promise<Date | null> {
  const lastAt = await lastArrival(client, organizationId, row);
  return lastAt !== null && (row.heard_at === null || lastAt > row.heard_at) ? lastAt : null;
}

/** Who knows from statistics that a source system has few messages would read whole months to find none. */
const backwards =
  'set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off; set local max_parallel_workers_per_gather = 0';

/**
 * The last message or file since the look before. The journal is read from its end: of a source system that speaks, one row; of
 * one that is silent, each row of the others once, as the next look begins where this one ended. Runs are in the journal as
 * well; it is their files that arrived.
 */
async function lastArrival(client: pg.ClientBase, organizationId: number, row: FreshnessRow): Promise<Date | null> {
  await client.query(backwards);
  const { rows } = await client.query<{ at: Date | null }>(
    `select greatest(
       (select received_at from message
         where organization_id = $1 and id >= $3 and source_system_id = $2 and direction = 'inbound' and door <> 'file'
         order by id desc limit 1),
       (select max(completed_at) from
         (select completed_at from upload where organization_id = $1 and source_system_id = $2 order by id desc limit 20) u)) as at`,
    [organizationId, row.source_system_id, uuidv7Floor(row.looked_to.getTime())],
  );
  return rows[0]?.at ?? null;
}

function toFreshness(row: FreshnessRow): Freshness {
  return {
    calendar: row.calendar,
    watchedFrom: row.watched_from,
    heardAt: row.heard_at,
    silentSince: row.silent_since,
    nextAt: row.next_at,
    version: row.version,
  };
}

function otherVersion(): GatewayError {
  return new GatewayError('conflict', 'Somebody else has changed it since you read it: read it again.', {
    field: 'If-Match',
  });
}
