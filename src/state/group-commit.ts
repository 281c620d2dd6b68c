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

/** A batch on its way into the database. */
export interface Flushing<Handover> {
  /** When the batch after it may set out, with what that one is to know. Never rejects. */
  readonly next: Promise<Handover | undefined>;
  /** When every work of it is settled. */
  readonly done: Promise<void>;
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
 * Concurrent messages of an organization share a transaction: each flush takes what has queued up since the
 * one before it set out. A lone sender waits for nobody; many senders share the price of a commit.
 *
 * @param flush applies a batch and settles every work of it, with what the batch before it, still on its way, hands over
 */
export function createGroupCommit<W extends Work<never>, Handover = never>(
  flush: (organizationId: number, batch: W[], before: Handover | undefined) => Flushing<Handover>,
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
    let before: Handover | undefined;
    let done = Promise.resolve();
    do {
      while (queue.works.length > 0) {
        const batch = take(queue.works);
        waitingBytes -= batch.reduce((sum, work) => sum + work.sizeBytes, 0);
        const flushing = flush(organizationId, batch, before);
        const end = ended(batch, flushing.done);
        done = done.then(() => end);
        before = await flushing.next;
      }
      await done;
      before = undefined;
    } while (queue.works.length > 0);
    queues.delete(organizationId);
  }

  async function ended(batch: readonly W[], done: Promise<void>): Promise<void> {
    try {
      await done;
    } catch (error) {
      for (const work of batch) work.reject(error);
    }
    waiting -= batch.length;
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
