import type { EndpointChange, Page, PageRequest } from '../../domain/administration/index.ts';
import type { EndpointType } from '../../domain/endpoint.ts';
import { decodeNumberAfter, toPage } from './cursor.ts';
import type { Scope } from './in-organization.ts';

/** Notes who changed an endpoint, in the transaction of the change. */
export async function recordEndpointChange(
  { db, organizationId }: Scope,
  sourceSystemId: number,
  type: EndpointType,
  { before, after, secretsGiven, actor }: Omit<EndpointChange, 'changedAt'>,
): Promise<void> {
  await db
    .insertInto('endpoint_history')
    .values({
      organization_id: organizationId,
      source_system_id: sourceSystemId,
      type,
      before: before && JSON.stringify(before),
      after: after && JSON.stringify(after),
      secrets_given: secretsGiven,
      actor,
    })
    .execute();
}

/** Newest first; it outlives the endpoint. */
export async function readEndpointHistory(
  { db, organizationId }: Scope,
  sourceSystemId: number,
  type: EndpointType,
  { limit, after }: PageRequest,
): Promise<Page<EndpointChange>> {
  const older = decodeNumberAfter(after);
  const rows = await db
    .selectFrom('endpoint_history')
    .select(['id', 'before', 'after', 'secrets_given', 'actor', 'changed_at'])
    .where('organization_id', '=', organizationId)
    .where('source_system_id', '=', sourceSystemId)
    .where('type', '=', type)
    .$if(older !== undefined, (query) => query.where('id', '<', older ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(
    rows,
    limit,
    (row) => [row.id],
    (row) => ({
      before: row.before,
      after: row.after,
      secretsGiven: row.secrets_given,
      actor: row.actor,
      changedAt: row.changed_at.toISOString(),
    }),
  );
}
