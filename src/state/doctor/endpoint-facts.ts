import type pg from 'pg';
import { endpointContext } from '../../domain/endpoint.ts';
import { inOrganization } from '../in-transaction.ts';

/** Which endpoint: `registrar outcome`. */
export type EndpointName = { readonly sourceSystem: string; readonly type: string };

/** The sealed secrets of an endpoint, and what they are bound to. */
export type SealedEndpoint = EndpointName & { readonly sealed: Buffer; readonly context: string };

export function listSealedEndpoints(pool: pg.Pool, organizationId: number): Promise<SealedEndpoint[]> {
  return inOrganization(pool, organizationId, (client) => readSealedEndpoints(client, organizationId));
}

export async function readSealedEndpoints(client: pg.ClientBase, organizationId: number): Promise<SealedEndpoint[]> {
  const { rows } = await client.query<EndpointName & { id: string; address: string; sealed: Buffer }>(
    `${named} and e.sealed is not null order by s.code, e.type`,
    [organizationId],
  );
  return rows.map(({ sourceSystem, type, id, address, sealed }) => ({
    sourceSystem,
    type,
    sealed,
    context: endpointContext(organizationId, id, address),
  }));
}

const named = `
  select s.code as "sourceSystem", e.type, e.id::text, e.address, e.sealed, e.certificate_subject as subject,
         e.certificate_not_after as "notAfter"
    from endpoint e join source_system s on s.organization_id = e.organization_id and s.id = e.source_system_id
   where e.organization_id = $1`;

/** An endpoint whose certificate ends soon. */
export type EndingEndpoint = EndpointName & { readonly subject: string; readonly notAfter: Date };

export function listEndingEndpoints(pool: pg.Pool, organizationId: number, before: Date): Promise<EndingEndpoint[]> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<EndingEndpoint>(
      `${named} and e.certificate_not_after < $2 order by e.certificate_not_after`,
      [organizationId, before],
    );
    return rows;
  });
}

/** Outbound messages that have been under way for longer than `minutes`: they were interrupted. */
export function countInterrupted(pool: pg.Pool, organizationId: number, minutes: number): Promise<number> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::integer as count from message
        where organization_id = $1 and direction = 'outbound' and result = 'sending'
          and received_at < now() - make_interval(mins => $2)`,
      [organizationId, minutes],
    );
    return rows[0]?.count ?? 0;
  });
}
