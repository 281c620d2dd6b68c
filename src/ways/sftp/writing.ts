import { GatewayError } from '../../domain/problem.ts';

/** Bytes that wait for the database before a client has to wait for its answers, and before it is cut off. */
const HIGH_WATER = 2 * 1_048_576;
const FLOOD = 12 * 1_048_576;
/** Bytes that came before those that stand in front of them. */
const OUT_OF_ORDER = 4 * 1_048_576;

/** A file that a client writes: its pieces, put in order, become one stream. */
export interface Writing {
  /** Where the next byte of the stream stands. */
  readonly end: number;
  /** Resolves when there is room for more. Throws GatewayError for what cannot be put in order. */
  write(offset: number, bytes: Buffer): Promise<void>;
  /** Resolves when all of it is durable. */
  close(): Promise<void>;
  /** The client is gone: what came is kept. Resolves when it is. */
  abort(cause: Error): Promise<void>;
}

/**
 * @param start where the first byte stands
 * @param append keeps the stream; begun with the first byte
 */
export function startWriting(start: number, append: (bytes: AsyncIterable<Buffer>) => Promise<unknown>): Writing {
  const early = new Map<number, { readonly bytes: Buffer; readonly placed: PromiseWithResolvers<undefined> }>();
  const queue: Buffer[] = [];
  let next = start;
  let waiting = 0;
  let ended: { readonly cause?: Error } | undefined;
  let stir = Promise.withResolvers<undefined>();
  let keeping: Promise<unknown> | undefined;
  let failure: { readonly error: unknown } | undefined;

  const wake = (): void => {
    stir.resolve(undefined);
    stir = Promise.withResolvers();
  };

  async function* stream(): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = queue.shift();
      if (piece !== undefined) {
        waiting -= piece.length;
        wake();
        yield piece;
      } else if (ended === undefined) await stir.promise;
      else if (ended.cause === undefined) return;
      else throw ended.cause;
    }
  }

  function push(bytes: Buffer): void {
    queue.push(bytes);
    waiting += bytes.length;
    next += bytes.length;
    keeping ??= append(stream()).catch((error: unknown) => {
      failure = { error };
      wake();
    });
    wake();
  }

  const refuseFailed = (): void => {
    if (failure !== undefined) throw failure.error;
  };

  return {
    get end() {
      return next;
    },
    async write(offset, bytes) {
      refuseFailed();
      if (offset < next) throw unordered('what was written already cannot be written over');
      const inFront = [...early.values()].reduce((sum, piece) => sum + piece.bytes.length, 0);
      if (offset > next && inFront + bytes.length > OUT_OF_ORDER) throw unordered('pieces come too far out of order');
      if (waiting > FLOOD) throw unordered('pieces come faster than they are answered');
      if (offset > next) {
        // Not answered before its turn: a client has only so many answers that it waits for, and that bounds what is held.
        const placed = Promise.withResolvers<undefined>();
        placed.promise.catch(() => undefined);
        early.set(offset, { bytes, placed });
        await placed.promise;
      } else {
        push(bytes);
        for (let piece = early.get(next); piece !== undefined; piece = early.get(next)) {
          early.delete(next);
          push(piece.bytes);
          piece.placed.resolve(undefined);
        }
      }
      while (waiting > HIGH_WATER && failure === undefined) await stir.promise;
      refuseFailed();
    },
    async close() {
      if (early.size > 0) {
        await this.abort(unordered('a piece in the middle is missing'));
        throw unordered('a piece in the middle is missing');
      }
      ended ??= {};
      wake();
      await keeping;
      refuseFailed();
    },
    async abort(cause) {
      ended ??= { cause };
      for (const { placed } of early.values()) placed.reject(cause);
      wake();
      await keeping;
    },
  };
}

function unordered(why: string): GatewayError {
  return new GatewayError('invalid_request', `Files are written from their beginning to their end: ${why}.`);
}
