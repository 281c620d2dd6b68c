import type { NoticeMessage } from '../domain/notices.ts';
import { linkOf } from './link-of.ts';

/** The body of a webhook, in the form that Standard Webhooks recommends: what, when, and the facts. */
export function composeWebhook({ event, at, facts }: NoticeMessage, publicUrl: string | undefined): string {
  const { run, ...others } = facts;
  const data = { ...others, ...(run === undefined ? {} : { run: { ...run, url: linkOf(run.id, publicUrl) ?? null } }) };
  return JSON.stringify({ type: event, timestamp: at.toISOString(), data });
}
