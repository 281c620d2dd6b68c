import type { Log } from '../log.ts';

/** What was started and must be stopped, in reverse order. */
export type Releases = {
  /** Called as soon as something lives; `what` names it in the log. */
  add(what: string, release: () => unknown): void;
  /** Stops everything, last started first. One that fails is logged and does not keep the others from stopping. */
  releaseAll(): Promise<void>;
};

export function createReleases(log: Log): Releases {
  const held: { what: string; release: () => unknown }[] = [];
  return {
    add: (what, release) => void held.push({ what, release }),
    async releaseAll() {
      for (let last = held.pop(); last !== undefined; last = held.pop()) {
        const { what } = last;
        try {
          log.debug({ what }, 'stopping');
          await last.release();
        } catch (error) {
          log.warn({ what, err: error }, 'did not stop cleanly');
        }
      }
    },
  };
}
