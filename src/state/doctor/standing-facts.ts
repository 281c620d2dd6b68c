import type pg from 'pg';
import { inOrganization } from '../in-transaction.ts';
import { bodyContext } from '../journal.ts';
import { readSealedWebhooks } from '../notices/subscription-row.ts';
import { readSealedFetches } from '../uploads/fetch-store.ts';
import { readSealedEndpoints } from './endpoint-facts.ts';

/** How many declared rows of an organization wait for what. */
export type WaitingCount = { readonly code: string; readonly kind: string; readonly count: number };

export function countWaiting(pool: pg.Pool, organizationId: number): Promise<WaitingCount[]> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ code: string; kind: string; count: number }>(
      `select wait_code as code, kind, count(*)::integer as count from (
         select wait_code, 'person' as kind from declared_user where organization_id = $1
         union all select wait_code, kind from declared_org_unit where organization_id = $1
         union all select wait_code, 'membership' from declared_enrollment where organization_id = $1) waiting
       where wait_code is not null group by wait_code, kind order by count(*) desc, wait_code`,
      [organizationId],
    );
    return rows;
  });
}

/** Sealed bytes and the context that they are bound to. */
export type SealedSample = { readonly sealed: Buffer; readonly context: string };

/** What tells with which keys an organization's rows are sealed: its oldest and newest message, and every sealed secret. */
export function readSealedSamples(pool: pg.Pool, organizationId: number): Promise<SealedSample[]> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ sealed: Buffer; context: string | null; id: string }>(
      `(select body as sealed, null as context, id::text from message where organization_id = $1 order by id desc limit 1)
       union all
       (select body, null, id::text from message where organization_id = $1 order by id limit 1)
       union all
       select sealed, id::text, id::text from credential where organization_id = $1 and sealed is not null`,
      [organizationId],
    );
    const samples = rows.map(({ sealed, context, id }) => ({
      sealed,
      context: context ?? bodyContext(organizationId, id),
    }));
    const endpoints = await readSealedEndpoints(client, organizationId);
    const fetches = await readSealedFetches(client, organizationId);
    return [...samples, ...endpoints, ...fetches, ...(await readSealedWebhooks(client, organizationId))];
  });
}

/** A pinned certificate that is still in use and ends before `before`. */
export type EndingCertificate = { readonly userName: string; readonly subject: string; readonly notAfter: Date };

export function listEndingCertificates(
  pool: pg.Pool,
  organizationId: number,
  before: Date,
): Promise<EndingCertificate[]> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<EndingCertificate>(
      `select l.user_name as "userName", c.subject, c.not_after as "notAfter"
         from credential c
         join login_directory l on l.organization_id = c.organization_id and l.user_name_key = c.user_name_key
        where c.organization_id = $1 and c.kind = 'certificate' and c.revoked_at is null and c.pin = 'certificate'
          and c.not_after < $2 and (c.valid_until is null or c.valid_until > now())
        order by c.not_after`,
      [organizationId, before],
    );
    return rows;
  });
}

/** Re-projections that have been open for longer than `minutes`. */
export function countStaleReprojections(pool: pg.Pool, organizationId: number, minutes: number): Promise<number> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::integer as count from reprojection
        where organization_id = $1 and finished_at is null and created_at < now() - make_interval(mins => $2)`,
      [organizationId, minutes],
    );
    return rows[0]?.count ?? 0;
  });
}

/** Rows of an organization that lie in no month: the partitions were made too late. */
export function countStrays(pool: pg.Pool, organizationId: number): Promise<number> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `select ((select count(*) from message_default) + (select count(*) from change_default))::integer as count`,
    );
    return rows[0]?.count ?? 0;
  });
}

/** Of every organization. */
export async function listSourceSystems(
  pool: pg.Pool,
): Promise<{ organizationId: number; organization: string; id: number }[]> {
  const found: { organizationId: number; organization: string; id: number }[] = [];
  for (const { id: organizationId, code: organization } of await listOrganizations(pool)) {
    const rows = await inOrganization(pool, organizationId, async (client) => {
      const result = await client.query<{ id: number }>(
        'select id from source_system where organization_id = $1 order by id',
        [organizationId],
      );
      return result.rows;
    });
    found.push(...rows.map(({ id }) => ({ organizationId, organization, id })));
  }
  return found;
}

export async function listOrganizations(pool: pg.Pool): Promise<{ id: number; code: string }[]> {
  const { rows } = await pool.query<{ id: number; code: string }>('select id, code from organization order by id');
  return rows;
}
