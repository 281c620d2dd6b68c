import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import { originOf } from '../../domain/endpoint.ts';
import type { MailLanguage, NoticeEvent, Recipient, Subscription } from '../../domain/notices.ts';

export interface SubscriptionRow {
  organization_id: number;
  name: string;
  source_system_id: number | null;
  source_code: string | null;
  events: NoticeEvent[];
  email: string | null;
  address: string | null;
  language: MailLanguage;
  time_zone: string;
  enabled: boolean;
  sealed: Buffer | null;
  version: number;
}

export function toSubscription(row: SubscriptionRow): Subscription {
  const { name, events, email, address: webhook, language, enabled, version } = row;
  const { source_system_id: sourceSystemId, source_code: sourceSystem, time_zone: timeZone } = row;
  return { name, sourceSystemId, sourceSystem, events, email, webhook, language, timeZone, enabled, version };
}

export function toRecipient(sealer: Sealer, row: Omit<SubscriptionRow, 'source_code'>): Recipient {
  const { email, address: webhook, language, time_zone: timeZone } = row;
  return { email, webhook, language, timeZone, secret: open(sealer, row) };
}

function open(
  sealer: Sealer,
  { organization_id, name, address, sealed }: Omit<SubscriptionRow, 'source_code'>,
): string | undefined {
  if (sealed === null || address === null) return undefined;
  try {
    return sealer.open(sealed, secretContext(organization_id, name, address)).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The secret of a webhook is bound to its subscription and to the origin of the address: what it signs, no other host is shown. */
export function secretContext(organizationId: number, name: string, address: string): string {
  return `webhook ${String(organizationId)} ${name} ${originOf(address)}`;
}

/** The sealed secrets of an organization's webhooks, and what they are bound to. */
export async function readSealedWebhooks(
  client: pg.ClientBase,
  organizationId: number,
): Promise<{ readonly sealed: Buffer; readonly context: string }[]> {
  const { rows } = await client.query<{ name: string; address: string; sealed: Buffer }>(
    'select name, address, sealed from notification_subscription where organization_id = $1 and sealed is not null',
    [organizationId],
  );
  return rows.map(({ name, address, sealed }) => ({ sealed, context: secretContext(organizationId, name, address) }));
}
