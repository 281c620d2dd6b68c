/** Resolves when it is the caller's turn. */
export type Turns = () => Promise<void>;

/**
 * Gives one caller a turn of the event loop, in the order in which they asked. Work that arrives all at once is then done
 * one piece at a time, and what the database answers meanwhile is heard between two pieces instead of after the last.
 */
export function createTurns(): Turns {
  const waiting: (() => void)[] = [];

  function give(): void {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(give);
  }

  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(give);
    });
}
