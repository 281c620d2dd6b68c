/** The time, and timers that tests can turn. */
export interface Clock {
  now(): Date;
  /** Runs after so many milliseconds, unless what it returns is called before. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((done) => clock.after(ms, done));
}

/**
 * Runs out of time: `work` is told by its signal, and what it returns later is not waited for. The time runs anew whenever
 * `work` says that it is alive.
 */
export async function within<Result>(
  clock: Clock,
  ms: number,
  late: () => Error,
  work: (signal: AbortSignal, alive: () => void) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    const error = late();
    reject(error);
    controller.abort(error);
  };
  let cancel = clock.after(ms, giveUp);
  const alive = (): void => {
    cancel();
    cancel = clock.after(ms, giveUp);
  };
  try {
    return await Promise.race([work(controller.signal, alive), promise]);
  } finally {
    cancel();
  }
}
