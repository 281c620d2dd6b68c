import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import type { Editor } from '../../domain/administration/index.ts';
import { originOf } from '../../domain/endpoint.ts';
import { mostSubscriptions, type SubscriptionSettings } from '../../domain/notices.ts';
import type { SubscriptionStore } from '../../domain/notice-stores.ts';
import { GatewayError } from '../../domain/problem.ts';
import { inOrganization } from '../in-transaction.ts';
import { namesOf } from './spread-events.ts';
import { secretContext, type SubscriptionRow, toRecipient, toSubscription } from './subscription-row.ts';

interface Parts {
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
}

export function createSubscriptionStore({ pool, sealer }: Parts): SubscriptionStore {
  const reading = <Result>(organizationId: number, name: string, use: (found: Found) => Result | Promise<Result>) =>
    inOrganization(pool, organizationId, async (client) =>
      use({ client, row: await find(client, organizationId, name) }),
    );
  return {
    async list(organizationId) {
      const { rows } = await inOrganization(pool, organizationId, (client) =>
        client.query<SubscriptionRow>(`${selectSql} order by n.name`, [organizationId]),
      );
      return rows.map(toSubscription);
    },
    get: (organizationId, name) => reading(organizationId, name, ({ row }) => toSubscription(row)),
    put: ({ organizationId, actor }, name, wish, expected) =>
      inOrganization(pool, organizationId, (client) =>
        put({ client, sealer, organizationId, actor }, name, wish, expected),
      ),
    renewSecret: ({ organizationId, actor }, name) =>
      reading(organizationId, name, async ({ client, row }) => {
        if (row.address === null) throw new GatewayError('conflict', 'An e-mail subscription has no secret.');
        const secret = newSecret();
        await client.query(
          `update notification_subscription set sealed = $3, version = version + 1, changed_at = now(), changed_by = $4
            where organization_id = $1 and name = $2`,
          [organizationId, name, seal(sealer, secret, organizationId, name, row.address), actor],
        );
        return secret;
      }),
    remove: (organizationId, name) =>
      reading(organizationId, name, async ({ client }) => {
        await client.query('delete from notification_subscription where organization_id = $1 and name = $2', [
          organizationId,
          name,
        ]);
      }),
    recipientOf: (organizationId, name) =>
      reading(organizationId, name, async ({ client, row }) => ({
        recipient: toRecipient(sealer, row),
        facts: await namesOf(client, organizationId, row.source_system_id),
      })),
  };
}

interface Found {
  readonly client: pg.ClientBase;
  readonly row: SubscriptionRow;
}

async function find(client: pg.ClientBase, organizationId: number, name: string): Promise<SubscriptionRow> {
  const [row] = await select(client, organizationId, name);
  if (row === undefined) throw new GatewayError('not_found', `There is no subscription ${name.slice(0, 64)}.`);
  return row;
}

const selectSql = `
  select n.*, s.code as source_code
    from notification_subscription n
    left join source_system s on s.organization_id = n.organization_id and s.id = n.source_system_id
   where n.organization_id = $1`;

async function select(client: pg.ClientBase, organizationId: number, name: string): Promise<SubscriptionRow[]> {
  const { rows } = await client.query<SubscriptionRow>(`${selectSql} and n.name = $2 for update of n`, [
    organizationId,
    name,
  ]);
  return rows;
}

interface Putting extends Editor {
  readonly client: pg.ClientBase;
  readonly sealer: Sealer;
}

async function put(
  { client, sealer, organizationId, actor }: Putting,
  name: string,
  wish: SubscriptionSettings,
  expected?: string | number,
): Promise<{ secret?: string }> {
  const [there] = await select(client, organizationId, name);
  if (expected !== undefined && String(expected) !== String(there?.version ?? 0)) throw otherVersion();
  if (there === undefined) await requireRoom(client, organizationId);
  const { webhook } = wish;
  const stays = webhook !== null && there?.address != null && originOf(there.address) === originOf(webhook);
  const secret = webhook === null || stays ? undefined : newSecret();
  const sealed = secret === undefined || webhook === null ? null : seal(sealer, secret, organizationId, name, webhook);
  await client.query(
    `insert into notification_subscription as s (organization_id, name, source_system_id, events, email, address, language, time_zone,
                                                 enabled, sealed, changed_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (organization_id, name)
     do update set source_system_id = excluded.source_system_id, events = excluded.events, email = excluded.email,
                   address = excluded.address, language = excluded.language, time_zone = excluded.time_zone,
                   enabled = excluded.enabled, sealed = excluded.sealed, version = s.version + 1, changed_at = now(),
                   changed_by = excluded.changed_by`,
    [
      organizationId,
      name,
      wish.sourceSystemId,
      wish.events,
      wish.email,
      webhook,
      wish.language,
      wish.timeZone,
      wish.enabled,
      stays ? there.sealed : sealed,
      actor,
    ],
  );
  return secret === undefined ? {} : { secret };
}

async function requireRoom(client: pg.ClientBase, organizationId: number): Promise<void> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::integer as count from notification_subscription where organization_id = $1',
    [organizationId],
  );
  if ((rows[0]?.count ?? 0) < mostSubscriptions) return;
  throw new GatewayError(
    'conflict',
    `There are ${String(mostSubscriptions)} subscriptions, which is the most of one organization: remove one first.`,
  );
}

/** As Standard Webhooks has it: 24 to 64 random bytes, in base64. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

function seal(sealer: Sealer, secret: string, organizationId: number, name: string, address: string): Buffer {
  return sealer.seal(Buffer.from(secret), secretContext(organizationId, name, address));
}

function otherVersion(): GatewayError {
  return new GatewayError('conflict', 'Somebody else has changed it since you read it: read it again.', {
    field: 'If-Match',
  });
}
