import { GatewayError } from '../../domain/problem.ts';

export interface TurnsOptions {
  /** Most works at a time, and most of one organization: each has a connection. */
  readonly most: number;
  readonly mostOfOne: number;
  /** Most works that wait, and most of one organization; beyond them the sender is told "busy". */
  readonly mostWaiting: number;
  readonly mostWaitingOfOne: number;
}

export interface Turns {
  /** Runs work when it is its turn; throws `busy` when too many wait, or closed. */
  take<T>(organizationId: number, work: () => Promise<T>): Promise<T>;
  /** Tells those who wait that they are too late; resolves when everything that runs has ended. */
  close(): Promise<void>;
}

/**
 * Lets a few lists read at a time, so that they leave connections to others, and one organization's lists leave turns to
 * another's, and places to wait.
 */
export function createTurns({ most, mostOfOne, mostWaiting, mostWaitingOfOne }: TurnsOptions): Turns {
  const running = new Map<number, number>();
  const waiting: { organizationId: number; start: () => void; refuse: (error: GatewayError) => void }[] = [];
  const open = new Set<Promise<unknown>>();
  let count = 0;
  let closed = false;

  const hasRoom = (organizationId: number): boolean => count < most && (running.get(organizationId) ?? 0) < mostOfOne;

  function enter(organizationId: number): void {
    count += 1;
    running.set(organizationId, (running.get(organizationId) ?? 0) + 1);
  }

  function leave(organizationId: number): void {
    count -= 1;
    const left = (running.get(organizationId) ?? 1) - 1;
    if (left === 0) running.delete(organizationId);
    else running.set(organizationId, left);
    const index = waiting.findIndex((each) => hasRoom(each.organizationId));
    const [next] = index === -1 ? [] : waiting.splice(index, 1);
    if (next === undefined) return;
    enter(next.organizationId);
    next.start();
  }

  async function turn(organizationId: number): Promise<void> {
    if (hasRoom(organizationId)) {
      enter(organizationId);
      return;
    }
    const ofOne = waiting.filter((each) => each.organizationId === organizationId).length;
    if (waiting.length >= mostWaiting || ofOne >= mostWaitingOfOne) {
      throw busy('Too many lists are waiting; send the message again.');
    }
    await new Promise<void>((start, refuse) => waiting.push({ organizationId, start, refuse }));
  }

  async function run<T>(organizationId: number, work: () => Promise<T>): Promise<T> {
    await turn(organizationId);
    try {
      return await work();
    } finally {
      leave(organizationId);
    }
  }

  return {
    async take(organizationId, work) {
      if (closed) throw stopping();
      const taken = run(organizationId, work);
      open.add(taken);
      try {
        return await taken;
      } finally {
        open.delete(taken);
      }
    },
    async close() {
      closed = true;
      // Each of them may take a minute, which nobody gives a gateway that stops.
      for (const { refuse } of waiting.splice(0)) refuse(stopping());
      await Promise.allSettled(open);
    },
  };
}

function stopping(): GatewayError {
  return busy('The gateway is stopping; send the message again.');
}

function busy(message: string): GatewayError {
  return new GatewayError('busy', message, { retryAfterS: 2 });
}
