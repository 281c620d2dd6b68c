import type pg from 'pg';
import type { Problem } from '../../domain/problem.ts';
import { inOrganization } from '../in-transaction.ts';

/** An address that is to be fetched on schedule. */
export interface FetchFact {
  readonly sourceSystem: string;
  readonly name: string;
}

export interface FileFacts {
  /** Whose last try failed. */
  readonly failing: readonly (FetchFact & { readonly at: string; readonly problem: Problem })[];
  /** Due for longer than the patience, and nobody is at it. */
  readonly overdue: readonly (FetchFact & { readonly since: Date })[];
  /** Their schedules have no date left. */
  readonly never: readonly FetchFact[];
  /** Bulk data exchanges that ended within so many days, and whose SIS could not be told. */
  readonly untold: number;
}

interface FetchRow extends FetchFact {
  at: string | null;
  problem: Problem | null;
  since: Date | null;
  isOverdue: boolean;
}

/** What does not come in although it should, and what did not get back to who sent it. */
export function readFileFacts(
  pool: pg.Pool,
  organizationId: number,
  { patienceMinutes, days }: { readonly patienceMinutes: number; readonly days: number },
): Promise<FileFacts> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<FetchRow>(
      `select s.code as "sourceSystem", f.name, f.last->>'at' as at,
              case when f.last->>'result' = 'failed' then f.last->'problem' end as problem, f.next_at as since,
              f.next_at < now() - make_interval(mins => $2) and (f.claimed_until is null or f.claimed_until < now()) as "isOverdue"
         from file_fetch f join source_system s on s.organization_id = f.organization_id and s.id = f.source_system_id
        where f.organization_id = $1 and f.enabled and s.state <> 'disabled' order by s.code, f.name`,
      [organizationId, patienceMinutes],
    );
    const { rows: exchanges } = await client.query<{ untold: number }>(
      `select count(*)::integer as untold from bulk_exchange
        where organization_id = $1 and ended_at > now() - make_interval(days => $2) 
          and told->'problem'->>'code' <> 'no_endpoint' and told->>'operation' <> 'requestBulkDataExchange'`,
      [organizationId, days],
    );
    return {
      failing: rows.flatMap(({ sourceSystem, name, at, problem }) =>
        at === null || problem === null ? [] : [{ sourceSystem, name, at, problem }],
      ),
      overdue: rows.flatMap(({ sourceSystem, name, since, isOverdue }) =>
        since === null || !isOverdue ? [] : [{ sourceSystem, name, since }],
      ),
      never: rows.filter(({ since }) => since === null),
      untold: exchanges[0]?.untold ?? 0,
    };
  });
}
