import pg from 'pg';
import type { AccessPolicy, ChosenPolicy } from '../../domain/access.ts';
import type { Editor } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { inOrganization } from '../in-transaction.ts';
import { notifyAccess } from './notify-access.ts';

export type AccessPolicyStore = ReturnType<typeof createAccessPolicyStore>;

const unrestricted: AccessPolicy = { mechanisms: null, allowedAddresses: null };

export const accessPolicyColumns = 'mechanisms, allowed_addresses, requires';

export type AccessPolicyRow = {
  mechanisms: string[] | null;
  allowed_addresses: string[] | null;
  requires: string[] | null;
};

export function toAccessPolicy({ mechanisms, allowed_addresses, requires }: AccessPolicyRow): AccessPolicy {
  return { mechanisms, allowedAddresses: allowed_addresses, ...(requires === null ? {} : { requires }) };
}

/** What an organization (`sourceSystemId` null) or one of its source systems demands beside the right secret. */
export function createAccessPolicyStore({ pool }: { pool: pg.Pool }) {
  const chosen = (organizationId: number, sourceSystemId: number | null): Promise<ChosenPolicy> =>
    inOrganization(pool, organizationId, (client) => read(client, organizationId, sourceSystemId));
  return {
    chosen,

    async get(organizationId: number, sourceSystemId: number | null): Promise<AccessPolicy> {
      return (await chosen(organizationId, sourceSystemId)).policy;
    },

    /**
     * Throws GatewayError: `not_found` (source system), `invalid_request` (what is not an address or CIDR block), and what
     * `check` throws of the policy that was there.
     */
    async set(
      { organizationId, actor }: Editor,
      sourceSystemId: number | null,
      policy: AccessPolicy,
      check?: (current: AccessPolicy) => void,
    ): Promise<void> {
      await inOrganization(pool, organizationId, async (client) => {
        check?.((await read(client, organizationId, sourceSystemId, 'for update')).policy);
        await client.query(
          `insert into access_policy (organization_id, source_system_id, mechanisms, allowed_addresses, requires, changed_at, changed_by)
           values ($1, $2, $3, $4, $5, now(), $6)
           on conflict (organization_id, scope)
           do update set mechanisms = excluded.mechanisms, allowed_addresses = excluded.allowed_addresses,
                         requires = excluded.requires, changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
          [organizationId, sourceSystemId, policy.mechanisms, policy.allowedAddresses, policy.requires ?? null, actor],
        );
        await notifyAccess(client, { kind: 'access_policy', organizationId });
      }).catch(refuseKnown);
    },
  };
}

async function read(
  client: Pick<pg.ClientBase, 'query'>,
  organizationId: number,
  sourceSystemId: number | null,
  lock: 'for update' | '' = '',
): Promise<ChosenPolicy> {
  const { rows } = await client.query<AccessPolicyRow & { changed_at: Date | null; changed_by: string | null }>(
    `select ${accessPolicyColumns}, changed_at, changed_by from access_policy
      where organization_id = $1 and scope = coalesce($2, 0) ${lock}`,
    [organizationId, sourceSystemId],
  );
  const [row] = rows;
  if (row === undefined) return { policy: unrestricted, changedAt: null, changedBy: null };
  return {
    policy: toAccessPolicy(row),
    changedAt: row.changed_at?.toISOString() ?? null,
    changedBy: row.changed_by,
  };
}

const INVALID_TEXT = '22P02';
const FOREIGN_KEY = '23503';

function refuseKnown(error: unknown): never {
  if (error instanceof pg.DatabaseError && error.code === INVALID_TEXT) {
    throw new GatewayError(
      'invalid_request',
      `${/".*"$/.exec(error.message)?.[0] ?? 'A text'} is not an address or CIDR block; write them like 192.0.2.7 or 192.0.2.0/24.`,
      {
        field: 'allowedAddresses',
        cause: error,
      },
    );
  }
  if (error instanceof pg.DatabaseError && error.code === FOREIGN_KEY) {
    throw new GatewayError('not_found', 'There is no such source system.', { cause: error });
  }
  throw error;
}
