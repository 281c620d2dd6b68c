import { GatewayError } from '../domain/problem.ts';

/** Work of one organization that waits for its lane. */
export interface Work<Result> {
  readonly sizeBytes: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions {
  /** Most works in one transaction, and their bytes (a single work may be larger). */
  readonly maxBatch: number;
  readonly maxBatchBytes: number;
  /** Most works that may wait in an organization's queue before the sender is told "busy". */
  readonly maxQueue: number;
  /** Most bytes that may wait in this process, of all organizations. */
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
  running: Promise<void> | undefined;
}

/**
 * Concurrent messages of an organization share a transaction: one flush at a time, which takes what has queued up since
 * the last one began. A lone sender waits for nobody; many senders share the price of a commit.
 *
 * @param flush applies a batch and settles every work of it
 */
export function createGroupCommit<W extends Work<never>>(
  flush: (organizationId: number, batch: W[]) => Promise<void>,
  { maxBatch, maxBatchBytes, maxQueue, maxQueueBytes }: GroupCommitOptions,
): GroupCommit<W> {
  const queues = new Map<number, Queue<W>>();
  let waiting = 0;
  let waitingBytes = 0;
  let closed = false;

  /** The next batch: at least one work, and no more than fit. */
  function take(works: W[]): W[] {
    let bytes = 0;
    const end = works.findIndex((work, index) => {
      bytes += work.sizeBytes;
      return index > 0 && (index >= maxBatch || bytes > maxBatchBytes);
    });
    return works.splice(0, end === -1 ? works.length : end);
  }

  async function run(organizationId: number, queue: Queue<W>): Promise<void> {
    // What arrives in this turn of the event loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.works.length > 0) {
      const batch = take(queue.works);
      waitingBytes -= batch.reduce((sum, work) => sum + work.sizeBytes, 0);
      try {
        await flush(organizationId, batch);
      } catch (error) {
        for (const work of batch) work.reject(error);
      }
      waiting -= batch.length;
    }
    queues.delete(organizationId);
  }

  return {
    add(organizationId, work) {
      if (closed) throw busy('The gateway is stopping; send the message again.');
      const queue = queues.get(organizationId) ?? { works: [], running: undefined };
      if (queue.works.length >= maxQueue || waitingBytes + work.sizeBytes > maxQueueBytes) {
        throw busy('Too many messages are waiting; send the message again.');
      }
      queue.works.push(work);
      waitingBytes += work.sizeBytes;
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
