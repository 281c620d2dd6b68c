/** Resolves when it is the caller's turn. */
export type Turns = () => Promise<void>;

/** So few that the database is heard soon, so many that looking for what it says costs little. */
const callersATurn = 4;

/**
 * Gives a few callers a turn of the event loop, in the order in which they asked. Work that arrives all at once is then done
 * in small pieces, and what the database answers meanwhile is heard between two of them instead of after the last.
 */
export function createTurns(): Turns {
  const waiting: (() => void)[] = [];

  function give(): void {
    for (const resolve of waiting.splice(0, callersATurn)) resolve();
    if (waiting.length > 0) setImmediate(give);
  }

  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(give);
    });
}
