import { setTimeout as delay } from 'node:timers/promises';
import type { DueFetch } from '../../domain/file-fetch.ts';
import type { Log } from '../../log.ts';

/** A few of these fit into the time for which a claim is kept: one that fails is made good by the next. */
const RENEW_MS = 20_000;

export interface Claim {
  /** Aborts when the fetch is somebody else's. */
  readonly lost: AbortSignal;
  /** Ends the renewing. Resolves with what is held then; undefined when it was lost. */
  end(): Promise<DueFetch | undefined>;
}

/** Keeps a fetch taken for as long as it is under way, however long that is. */
export function keepClaim(
  keeper: { renew(due: DueFetch): Promise<DueFetch | undefined> },
  due: DueFetch,
  log: Pick<Log, 'warn'>,
  renewMs = RENEW_MS,
): Claim {
  const ended = new AbortController();
  const lost = new AbortController();
  const renewing = (async (): Promise<DueFetch | undefined> => {
    let held = due;
    while (await passed(renewMs, ended.signal)) {
      try {
        const renewed = await keeper.renew(held);
        if (renewed === undefined) {
          lost.abort();
          return undefined;
        }
        held = renewed;
      } catch (error) {
        log.warn({ fetch: due.name, err: error }, 'the claim of a fetch could not be renewed');
      }
    }
    return held;
  })();
  return {
    lost: lost.signal,
    end() {
      ended.abort();
      return renewing;
    },
  };
}

/** Whether the time passed, and was not cut short. */
function passed(ms: number, cut: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal: cut }).catch(() => false);
}
