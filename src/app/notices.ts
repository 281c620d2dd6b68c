import { readFileSync } from 'node:fs';
import type pg from 'pg';
import type { Config } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { FreshnessStore } from '../domain/freshness.ts';
import type { NoticeStore } from '../domain/notice-stores.ts';
import type { NoticeService } from '../http/api/services.ts';
import type { Logs } from '../log.ts';
import { createCourier } from '../notices/courier.ts';
import { judgeSilence } from '../notices/silence/judge-silence.ts';
import { silentAt } from '../notices/silence/silent-at.ts';
import { createMailSender, type MailServer, mailTlsOf } from '../outbound/index.ts';
import type { WebhookPoster } from '../pipeline/notice-ports.ts';
import { organizationIds } from '../state/maintenance/retention.ts';
import { createFreshnessStore } from '../state/notices/freshness-store.ts';
import { createNoticeStore } from '../state/notices/notice-store.ts';
import { createSubscriptionStore } from '../state/notices/subscription-store.ts';
import type { Releases } from './releases.ts';
import { StartError } from './start-error.ts';
import { startTicker } from './ticker.ts';

/** What happened is told within about this. */
const LOOK_MS = 5_000;
const WATCH_MS = 15_000;
const HOURLY_MS = 3_600_000;
/** A notice is tried for so long. */
const GIVE_UP_AFTER_MS = 24 * HOURLY_MS;
/** What was told can be looked up for so long. */
const KEEP_MS = 30 * 24 * HOURLY_MS;

/** Notices, and the background work that delivers them. */
export interface LiveNotices extends NoticeService {
  readonly notices: NoticeStore;
  readonly freshness: FreshnessStore;
  start(releases: Releases): void;
}

type NoticeConfig = Pick<
  Config,
  'smtpUrl' | 'smtpUser' | 'smtpPassword' | 'smtpAuthorities' | 'mailFrom' | 'allowClearText' | 'publicUrl'
>;

interface Pace {
  readonly lookMs?: number;
  readonly watchMs?: number;
  readonly giveUpAfterMs?: number;
}

/** @throws StartError where the authorities of the mail server cannot be read */
export function createNotices(
  config: NoticeConfig,
  { pool, sealer, webhooks, logs }: { pool: pg.Pool; sealer: Sealer; webhooks: WebhookPoster; logs: Logs },
  { lookMs = LOOK_MS, watchMs = WATCH_MS, giveUpAfterMs = GIVE_UP_AFTER_MS }: Pace = {},
): LiveNotices {
  const log = logs('notices');
  let wake = (): void => undefined;
  const notices = createNoticeStore({ pool, sealer, giveUpAfterMs });
  const freshness = createFreshnessStore({ pool });
  const mails = createMailSender(mailServerOf(config), log);
  const courier = createCourier({ keeper: notices, mails, webhooks, publicUrl: config.publicUrl, log }, () => wake());
  return {
    subscriptions: createSubscriptionStore({ pool, sealer }),
    notices,
    freshness,
    silentAt: ({ calendar, watchedFrom, heardAt }) =>
      silentAt(calendar, heardAt !== null && heardAt > watchedFrom ? heardAt : watchedFrom),
    test: (recipient, facts) => courier.test(recipient, facts),
    start(releases) {
      const each = (work: (id: number) => Promise<unknown>) => async (stopping: AbortSignal) => {
        let more = false;
        for (const id of await organizationIds(pool)) {
          if (stopping.aborted) return false;
          more = (await work(id)) === true || more;
        }
        return more;
      };
      const delivering = startTicker({
        name: 'notices',
        everyMs: lookMs,
        log,
        work: each((id) => courier.work(id)),
      });
      wake = () => delivering.wake();
      const watching = startTicker({
        name: 'silent source systems',
        everyMs: watchMs,
        log,
        work: each((id) => lookAtOne(freshness, id)),
      });
      const forgetting = startTicker({
        name: 'old notices',
        everyMs: HOURLY_MS,
        log,
        work: each((id) => notices.forget(id, new Date(Date.now() - KEEP_MS))),
      });
      releases.add('notices', async () => {
        await Promise.all([delivering.stop(), watching.stop(), forgetting.stop()]);
        await courier.settled();
      });
    },
  };
}

/** Looks at one that is due; true where there may be more. */
function lookAtOne(freshness: FreshnessStore, organizationId: number): Promise<boolean> {
  const now = new Date();
  return freshness.look(organizationId, now, (source) => judgeSilence(source, now));
}

function mailServerOf(config: NoticeConfig): MailServer | undefined {
  const { smtpUrl, smtpUser: user, smtpPassword: password, mailFrom: from, allowClearText } = config;
  if (smtpUrl === undefined || from === undefined) return undefined;
  const { protocol, hostname, port } = new URL(smtpUrl);
  const scheme = protocol === 'smtps:' ? 'smtps' : 'smtp';
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: Number(port || (scheme === 'smtps' ? 465 : 587)),
    tls: mailTlsOf(scheme, host, allowClearText),
    from,
    ...(user === undefined || password === undefined ? {} : { user, password }),
    ...(config.smtpAuthorities === undefined ? {} : { authorities: readAuthorities(config.smtpAuthorities) }),
  };
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new StartError(`PASSERELLE_SMTP_AUTHORITIES: ${path} cannot be read.`, { cause });
  }
}
