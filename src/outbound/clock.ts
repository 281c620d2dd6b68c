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

/** Runs out of time: `work` is told by its signal, and what it returns later is not waited for. */
export async function within<Result>(
  clock: Clock,
  ms: number,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(ms, () => {
    const error = late();
    reject(error);
    controller.abort(error);
  });
  try {
    return await Promise.race([work(controller.signal), promise]);
  } finally {
    cancel();
  }
}
