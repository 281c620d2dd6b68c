import type { DueNotice, NoticeMessage, Recipient } from '../domain/notices.ts';
import type { Problem } from '../domain/problem.ts';
import type { Delivered, MailSender, WebhookPoster } from '../pipeline/notice-ports.ts';
import { composeMail } from './mail/compose-mail.ts';
import { composeWebhook } from './compose-webhook.ts';

export interface DeliveryParts {
  readonly mails: MailSender;
  readonly webhooks: WebhookPoster;
  /** How people reach the gateway, for links; without it there are none. */
  readonly publicUrl: string | undefined;
}

/** Tells one recipient, once. The id stays the same whenever it is told again. */
export async function deliver(
  { mails, webhooks, publicUrl }: DeliveryParts,
  id: string,
  message: NoticeMessage,
  recipient: Recipient,
): Promise<Delivered> {
  const { email, webhook, secret, language } = recipient;
  if (email !== null) {
    const mail = composeMail(message, recipient, publicUrl);
    return mails.send({ id, to: email, language, ...mail });
  }
  if (webhook === null || secret === undefined) return { is: 'failed', problem: secretClosed, forGood: false };
  return webhooks.post({ id, address: webhook, secret, body: composeWebhook(message, publicUrl) });
}

const secretClosed: Problem = {
  code: 'webhook_secret_closed',
  message: "The secret of the webhook does not open with the gateway's key: make another one.",
};

const firstPauseMs = 30_000;
const longestPauseMs = 3_600_000;

/**
 * When a notice is tried again: after half a minute, then twice as long each time up to an hour, by chance up to a quarter of it
 * less, so that those who failed together do not come back together.
 *
 * @returns null where that is later than it is to be given up
 */
export function nextAttempt({ attempts, giveUpAt }: DueNotice, now: Date, random: () => number): Date | null {
  const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(attempts - 1, 20), longestPauseMs);
  const next = new Date(now.getTime() + Math.round(pauseMs * (1 - random() / 4)));
  return next > giveUpAt ? null : next;
}
