import { GatewayError } from '../domain/problem.ts';

/** Work of one organization that waits for its lane. */
export interface Work<Result> {
  readonly sizeBytes: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions {
  /** Most works in one transaction. */
  readonly maxBatch: number;
  /** Most works that may wait in an organization's queue, and their bytes, before the sender is told "busy". */
  readonly maxQueue: number;
  readonly maxQueueBytes: number;
}

export interface GroupCommit<W> {
  /** Queues work; throws `busy` when the queue is full or closed. */
  add(organizationId: number, work: W): void;
  /** Works queued or under way, for metrics and readiness. */
  depth(): number;
  close(): Promise<void>;
}

interface Queue<W> {
  works: W[];
  bytes: number;
  running: Promise<void> | undefined;
}

/**
 * Concurrent messages of an organization share a transaction: one flush at a time, which takes what has queued up since
 * the last one began. A lone sender waits for nobody; many senders share the price of a commit.
 *
 * @param flush applies a batch and settles every work of it; must not throw
 */
export function createGroupCommit<W extends Work<never>>(
  flush: (organizationId: number, batch: W[]) => Promise<void>,
  { maxBatch, maxQueue, maxQueueBytes }: GroupCommitOptions,
): GroupCommit<W> {
  const queues = new Map<number, Queue<W>>();
  let waiting = 0;
  let closed = false;

  async function run(organizationId: number, queue: Queue<W>): Promise<void> {
    // What arrives in this turn of the event loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.works.length > 0) {
      const batch = queue.works.splice(0, maxBatch);
      queue.bytes -= batch.reduce((sum, work) => sum + work.sizeBytes, 0);
      await flush(organizationId, batch);
      waiting -= batch.length;
    }
    queues.delete(organizationId);
  }

  return {
    add(organizationId, work) {
      if (closed) throw busy('The gateway is stopping; send the message again.');
      const queue = queues.get(organizationId) ?? { works: [], bytes: 0, running: undefined };
      if (queue.works.length >= maxQueue || queue.bytes + work.sizeBytes > maxQueueBytes) {
        throw busy('Too many messages are waiting; send the message again.');
      }
      queue.works.push(work);
      queue.bytes += work.sizeBytes;
      waiting += 1;
      if (queue.running !== undefined) return;
      queues.set(organizationId, queue);
      queue.running = run(organizationId, queue);
    },
    depth: () => waiting,
    async close() {
      closed = true;
      await Promise.all([...queues.values()].map(async ({ running }) => running));
    },
  };
}

function busy(message: string): GatewayError {
  return new GatewayError('busy', message, { retryAfterS: 2 });
}
