import pg from 'pg';
import type { AccessPolicy } from '../../domain/access.ts';
import { GatewayError } from '../../domain/problem.ts';
import { inOrganization } from '../in-transaction.ts';
import { notifyAccess } from './notify-access.ts';

export type AccessPolicyStore = ReturnType<typeof createAccessPolicyStore>;

const unrestricted: AccessPolicy = { mechanisms: null, allowedAddresses: null };

/** What an organization (`sourceSystemId` null) or one of its source systems demands beside the right secret. */
export function createAccessPolicyStore({ pool }: { pool: pg.Pool }) {
  return {
    async get(organizationId: number, sourceSystemId: number | null): Promise<AccessPolicy> {
      return inOrganization(pool, organizationId, async (client) => {
        const { rows } = await client.query<{ mechanisms: string[] | null; allowed_addresses: string[] | null }>(
          `select mechanisms, allowed_addresses from access_policy
            where organization_id = $1 and scope = coalesce($2, 0)`,
          [organizationId, sourceSystemId],
        );
        const row = rows[0];
        return row === undefined
          ? unrestricted
          : { mechanisms: row.mechanisms, allowedAddresses: row.allowed_addresses };
      });
    },

    /** Throws GatewayError: `not_found` (source system), `invalid_request` (what is not an address or CIDR block). */
    async set(organizationId: number, sourceSystemId: number | null, policy: AccessPolicy): Promise<void> {
      await inOrganization(pool, organizationId, async (client) => {
        await client.query(
          `insert into access_policy (organization_id, source_system_id, mechanisms, allowed_addresses)
           values ($1, $2, $3, $4)
           on conflict (organization_id, scope)
           do update set mechanisms = excluded.mechanisms, allowed_addresses = excluded.allowed_addresses`,
          [organizationId, sourceSystemId, policy.mechanisms, policy.allowedAddresses],
        );
        await notifyAccess(client, { kind: 'access_policy', organizationId });
      }).catch(refuseKnown);
    },
  };
}

const INVALID_TEXT = '22P02';
const FOREIGN_KEY = '23503';

function refuseKnown(error: unknown): never {
  if (error instanceof pg.DatabaseError && error.code === INVALID_TEXT) {
    throw new GatewayError('invalid_request', `An address or CIDR block is malformed: ${error.message}`, {
      field: 'allowedAddresses',
      cause: error,
    });
  }
  if (error instanceof pg.DatabaseError && error.code === FOREIGN_KEY) {
    throw new GatewayError('not_found', 'There is no such source system.', { cause: error });
  }
  throw error;
}
