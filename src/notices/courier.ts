import { randomUUID } from 'node:crypto';
import type { DueNotice, NoticeFacts, NoticeMessage, Recipient } from '../domain/notices.ts';
import type { NoticeStore } from '../domain/notice-stores.ts';
import type { Problem } from '../domain/problem.ts';
import type { Log } from '../log.ts';
import { deliver, type DeliveryParts, nextAttempt } from './deliver.ts';

export interface CourierParts extends DeliveryParts {
  readonly keeper: Pick<NoticeStore, 'spread' | 'claim' | 'sent' | 'failed'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly now?: () => Date;
  readonly random?: () => number;
}

/** Delivers notices, each at least once, or gives them up. */
export interface Courier {
  /** Makes notices of what happened in an organization, and begins to deliver some that are due. True: there may be more. */
  work(organizationId: number): Promise<boolean>;
  /** Tells a recipient that it would be told. */
  test(recipient: Recipient, facts: NoticeFacts): Promise<Problem | undefined>;
  /** Resolves when what was begun is done. */
  settled(): Promise<void>;
}

/** Longer than any attempt: who claimed a notice is dead then, and somebody else delivers it. */
const claimMs = 180_000;
/** A receiver that does not answer keeps others of its organization waiting, and few of other organizations. */
const atOnceOfEach = 8;
const atOnceOfAll = 64;

/** @param wake called where there was more to deliver than at once */
export function createCourier(parts: CourierParts, wake: () => void = () => undefined): Courier {
  const { keeper, log, now = () => new Date(), random = Math.random } = parts;
  const active = new Map<Promise<void>, number>();
  const isFull = (organizationId: number): boolean =>
    active.size >= atOnceOfAll || [...active.values()].filter((id) => id === organizationId).length >= atOnceOfEach;

  async function deliverOne(notice: DueNotice): Promise<void> {
    const about = { notice: notice.id, organizationId: notice.organizationId, event: notice.message.event };
    const delivered = await deliverOrSay(parts, notice.id, notice.message, notice.recipient);
    if (delivered.is === 'sent') {
      await keeper.sent(notice);
      log.info(about, 'a notice was delivered');
      return;
    }
    const { problem, forGood } = delivered;
    const again = forGood ? null : nextAttempt(notice, now(), random);
    await keeper.failed(notice, problem, again);
    const failed = { ...about, attempts: notice.attempts, code: problem.code, reason: problem.message };
    if (again === null) log.warn(failed, 'a notice was given up');
    else log.info(failed, 'a notice could not be delivered, and will be tried again');
  }

  function begin(notice: DueNotice): void {
    const { organizationId } = notice;
    const delivery = deliverOne(notice)
      .catch((error: unknown) => {
        log.warn({ notice: notice.id, err: error }, 'what became of a notice could not be noted; it is sent again');
      })
      .finally(() => {
        const wasFull = isFull(organizationId);
        active.delete(delivery);
        if (wasFull) wake();
      });
    active.set(delivery, organizationId);
  }

  return {
    async work(organizationId) {
      const more = await keeper.spread(organizationId);
      while (!isFull(organizationId)) {
        const due = await keeper.claim(organizationId, claimMs);
        if (due === undefined) return more;
        begin(due);
      }
      return more;
    },
    async test(recipient, facts) {
      const message: NoticeMessage = { event: 'test', at: now(), facts };
      const delivered = await deliverOrSay(parts, randomUUID(), message, recipient);
      return delivered.is === 'sent' ? undefined : delivered.problem;
    },
    async settled() {
      await Promise.all(active.keys());
    },
  };
}

/** A mistake of ours is tried again as well: it may be what this one process lacks. */
async function deliverOrSay(parts: CourierParts, id: string, message: NoticeMessage, recipient: Recipient) {
  try {
    return await deliver(parts, id, message, recipient);
  } catch (error) {
    parts.log.error({ notice: id, err: error }, 'a notice could not be made or sent');
    const problem: Problem = {
      code: 'internal_error',
      message: 'The gateway made a mistake; the log has the details.',
    };
    return { is: 'failed', problem, forGood: false } as const;
  }
}
