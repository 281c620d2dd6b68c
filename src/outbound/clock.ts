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

/** How long something may take, and what is thrown when it takes longer. */
export interface Limit {
  readonly ms: number;
  readonly late: () => Error;
}

/** The time that `work` has: it can be stopped while nobody else is waited for, and begun anew. */
export interface Countdown {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
  stop(): void;
  begin(): void;
}

/**
 * Runs out of time: `work` is told by the signal, and what it returns later is not waited for. It may begin its time anew, but
 * for that of `longest`.
 */
export async function within<Result>(
  clock: Clock,
  { ms, late }: Limit,
  work: (countdown: Countdown) => Promise<Result>,
  longest?: Limit,
): Promise<Result> {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (error: Error): void => {
    reject(error);
    controller.abort(error);
  };
  let stop = (): void => undefined;
  const countdown: Countdown = {
    signal: controller.signal,
    stop: () => stop(),
    begin: () => {
      stop();
      if (!controller.signal.aborted) stop = clock.after(ms, () => giveUp(late()));
    },
  };
  countdown.begin();
  const end = longest && clock.after(longest.ms, () => giveUp(longest.late()));
  try {
    return await Promise.race([work(countdown), promise]);
  } finally {
    countdown.stop();
    end?.();
  }
}
