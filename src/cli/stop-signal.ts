import type { Log } from '../log.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** One Ctrl-C reaches us twice under npm: from the terminal and from npm itself. */
const SAME_REQUEST_MS = 500;

/** Resolves at the first signal to stop; a later one ends the process at once, with 130. */
export function stopSignal(log: Log): Promise<string> {
  return new Promise((resolve) => {
    let askedAtMs: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (askedAtMs !== undefined && performance.now() - askedAtMs > SAME_REQUEST_MS) {
        log.warn({ signal }, 'asked to stop again: ending at once');
        process.exit(130);
      }
      askedAtMs ??= performance.now();
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
}
