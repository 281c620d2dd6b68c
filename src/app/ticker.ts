import type { Log } from '../log.ts';

export type TickerOptions = {
  /** Names the work in the log. */
  readonly name: string;
  readonly everyMs: number;
  /** Returns true when there is more to do at once. */
  readonly work: (stopping: AbortSignal) => Promise<boolean>;
  readonly log: Log;
};

export type Ticker = {
  /** Does the work as soon as possible instead of at the next tick. */
  wake(): void;
  /** Waits for the work in progress; none begins afterwards. */
  stop(): Promise<void>;
};

/** Longest pause after failures: the database may be away for a while. */
const LONGEST_PAUSE_MS = 60_000;

/** Repeats work in the background, one run at a time, the first at once. A run that fails is tried again, ever less often. */
export function startTicker({ name, everyMs, work, log }: TickerOptions): Ticker {
  const stopping = new AbortController();
  let failures = 0;
  let awake = (): void => undefined;
  let wakeUps = 0;

  async function runOnce(): Promise<number> {
    try {
      const more = await work(stopping.signal);
      if (failures > 0) log.info({ work: name }, 'background work goes on');
      failures = 0;
      return more ? 0 : everyMs;
    } catch (error) {
      failures += 1;
      log.warn({ work: name, failures, err: error }, 'background work failed and will be tried again');
      return Math.min(Math.max(everyMs, 1_000) * failures, LONGEST_PAUSE_MS);
    }
  }

  async function run(): Promise<void> {
    const isStopping = (): boolean => stopping.signal.aborted;
    while (!isStopping()) {
      const seen = wakeUps;
      const pauseMs = await runOnce();
      if (wakeUps === seen && !isStopping()) await pause(pauseMs);
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      awake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = run();
  const wake = (): void => {
    wakeUps += 1;
    awake();
  };
  return {
    wake,
    async stop() {
      stopping.abort();
      wake();
      await running;
    },
  };
}
