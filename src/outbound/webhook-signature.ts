import { createHmac } from 'node:crypto';

/**
 * The headers of Standard Webhooks 1.0 (https://www.standardwebhooks.com): "The signature is computed over the id, the
 * timestamp and the body", joined by dots, so that neither can be exchanged and an old message cannot be sent again.
 *
 * @param secret `whsec_` and the base64 of the key
 */
export function webhookHeaders(
  { id, secret, body }: { readonly id: string; readonly secret: string; readonly body: string },
  at: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
