import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type pg from 'pg';
import { createSealer } from '../../../src/auth/seal.ts';
import { createNotices, type LiveNotices } from '../../../src/app/notices.ts';
import type { SubscriptionSettings } from '../../../src/domain/notices.ts';
import { noticeEvents } from '../../../src/domain/notices.ts';
import { createEgress, createWebhookPoster } from '../../../src/outbound/index.ts';
import type { WebhookPoster } from '../../../src/pipeline/notice-ports.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Posts to this machine, which is permitted here, and to nobody else who is not public. */
export function postsTo(allow: string[] = ['127.0.0.0/8']): WebhookPoster {
  return createWebhookPoster({
    authenticators: new Map(),
    egress: createEgress({ allow, allowClearText: false }),
    contracts: {},
    log: quiet,
  });
}

export function noticesOn(
  pool: pg.Pool,
  options: {
    mailPort?: number;
    allow?: string[];
    publicUrl?: string;
    giveUpAfterMs?: number;
    webhooks?: WebhookPoster;
  } = {},
): LiveNotices {
  const { mailPort, allow, publicUrl, giveUpAfterMs, webhooks = postsTo(allow) } = options;
  return createNotices(
    {
      allowClearText: false,
      ...(publicUrl === undefined ? {} : { publicUrl }),
      ...(mailPort === undefined
        ? {}
        : { smtpUrl: `smtp://127.0.0.1:${String(mailPort)}`, mailFrom: 'passerelle@example.edu' }),
    } as Parameters<typeof createNotices>[0],
    { pool, sealer: createSealer(Buffer.alloc(32, 7)), webhooks, logs: (() => quiet) as never },
    { lookMs: 25, watchMs: 25, ...(giveUpAfterMs === undefined ? {} : { giveUpAfterMs }) },
  );
}

/** Delivers in the background while `work` goes on. */
export async function delivering<T>(notices: readonly LiveNotices[], work: () => Promise<T>): Promise<T> {
  const stops: (() => unknown)[] = [];
  const releases = {
    add: (_: string, stop: () => unknown) => void stops.push(stop),
    releaseAll: () => Promise.resolve(),
  };
  for (const each of notices) each.start(releases);
  try {
    return await work();
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
}

export const toWebhook = (webhook: string, changes: Partial<SubscriptionSettings> = {}): SubscriptionSettings => ({
  sourceSystemId: null,
  events: [...noticeEvents],
  email: null,
  webhook,
  language: 'en',
  timeZone: 'UTC',
  enabled: true,
  ...changes,
});

export const toMail = (email: string, changes: Partial<SubscriptionSettings> = {}): SubscriptionSettings => ({
  ...toWebhook('', changes),
  email,
  webhook: null,
});

export interface Posted {
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
  readonly raw: string;
  readonly body: { type: string; timestamp: string; data: Record<string, unknown> & { run: Record<string, unknown> } };
}

/** Reads a webhook, then answers. */
export function receiver(
  posted: Posted[],
  answer: (response: ServerResponse, posted: Posted) => void = (response) => response.writeHead(204).end(),
) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      const id = String(request.headers['webhook-id']);
      const one = { id, headers: request.headers, raw, body: JSON.parse(raw) as Posted['body'] };
      posted.push(one);
      answer(response, one);
    });
  };
}

/** As a receiver checks it, by the text of Standard Webhooks. */
export function isSigned({ id, headers, raw }: Posted, secret: string): boolean {
  const at = String(headers['webhook-timestamp']);
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${at}.${raw}`).digest('base64');
  return headers['webhook-signature'] === `v1,${expected}` && Math.abs(Date.now() / 1_000 - Number(at)) < 60;
}
