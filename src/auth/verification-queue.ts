import { GatewayError } from '../domain/problem.ts';

export type VerificationQueue = {
  /** Runs `work` when it is its turn. Throws GatewayError `busy` when the origin, or everybody, has too much waiting. */
  run<Result>(origin: string, work: () => Promise<Result>): Promise<Result>;
};

export type VerificationLimits = { concurrency: number; perOrigin: number; total: number };

/**
 * argon2 takes memory and a core, so few run at once. Two leave the other threads of Node's pool free; a flood of
 * passwords from one address fills that address's own places only.
 */
const defaultLimits: VerificationLimits = { concurrency: 2, perOrigin: 16, total: 256 };

const RETRY_AFTER_S = 2;

/** A bounded queue for costly checks that serves origins (addresses) in turn, so that none of them keeps the others waiting. */
export function createVerificationQueue(limits: VerificationLimits = defaultLimits): VerificationQueue {
  const waiting = new Map<string, (() => void)[]>();
  let waitingTotal = 0;
  let running = 0;

  const startNext = (): void => {
    while (running < limits.concurrency) {
      // The map keeps the order in which origins came; a served origin goes to its end.
      const next = waiting.entries().next().value;
      if (next === undefined) return;
      const [origin, queue] = next;
      waiting.delete(origin);
      const start = queue.shift();
      if (queue.length > 0) waiting.set(origin, queue);
      waitingTotal -= 1;
      running += 1;
      start?.();
    }
  };

  return {
    async run(origin, work) {
      const queue = waiting.get(origin) ?? [];
      if (queue.length >= limits.perOrigin || waitingTotal >= limits.total) {
        throw new GatewayError('busy', 'Too many passwords are being checked. Send the same message again.', {
          detail: `${queue.length} checks wait for ${origin}, ${waitingTotal} in all`,
          retryAfterS: RETRY_AFTER_S,
        });
      }
      await new Promise<void>((start) => {
        queue.push(start);
        waiting.set(origin, queue);
        waitingTotal += 1;
        startNext();
      });
      try {
        return await work();
      } finally {
        running -= 1;
        startNext();
      }
    },
  };
}
