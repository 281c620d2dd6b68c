import { z } from 'zod';
import type { FailedAttempts } from '../../../domain/access.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { fold } from '../../../domain/source-system.ts';
import { pageInMemory } from '../page-in-memory.ts';
import { route, type Route } from '../route.ts';
import { instant, isoOrNull, pageOf, pageQuery } from '../schemas.ts';
import type { ApiServices } from '../services.ts';

const lockout = z
  .object({
    id: z.string().meta({ description: 'Only to page by.' }),
    userName: z.string().meta({ description: 'Empty: the address as a whole, which only operators see.' }),
    address: z.string(),
    failures: z.int(),
    windowStartedAt: instant,
    lockedUntil: instant.nullable(),
  })
  .meta({
    id: 'Lockout',
    description: 'A user name that failed too often from one address and is locked out there for a while.',
  });

const lockoutTag = 'Lock-outs';

/** Lock-outs belong to user names: an organization sees those of its own source systems, an operator all. */
export const lockoutRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/lockouts',
    tag: lockoutTag,
    summary: 'List lock-outs',
    scope: 'admin:read',
    organization: 'optional',
    query: pageQuery,
    response: pageOf(lockout),
    handle: async ({ organizationId, named, query }, services) => {
      const all = await services.lockouts.listLockouts();
      const isOwn = named ? await ownUserNames(services, organizationId) : () => true;
      return { body: pageInMemory(all.filter(({ userName }) => isOwn(userName)).map(lockoutJson), query) };
    },
  }),
  route({
    method: 'delete',
    path: '/lockouts',
    tag: lockoutTag,
    summary: 'Clear a lock-out',
    description: 'The user name may try again from that address at once.',
    scope: 'admin:write',
    organization: 'optional',
    query: z.strictObject({ userName: z.string().max(100), address: z.string().min(1).max(64) }),
    handle: async ({ organizationId, named, query }, services) => {
      const isOwn = named ? await ownUserNames(services, organizationId) : () => true;
      const cleared = isOwn(query.userName) && (await services.lockouts.clearLockout(query.userName, query.address));
      if (cleared) return {};
      throw new GatewayError('not_found', `${query.userName} is not locked out at ${query.address}.`);
    },
  }),
];

async function ownUserNames(
  { credentials }: ApiServices,
  organizationId: number,
): Promise<(userName: string) => boolean> {
  const names = new Set((await credentials.listCredentials(organizationId)).map(({ userName }) => fold(userName)));
  return (userName) => names.has(fold(userName));
}

function lockoutJson({ userName, address, failures, windowStartedAt, lockedUntil }: FailedAttempts) {
  return {
    id: `${userName} ${address}`,
    userName,
    address,
    failures,
    windowStartedAt: windowStartedAt.toISOString(),
    lockedUntil: isoOrNull(lockedUntil),
  };
}
