import { leaseSeconds } from '../state/runs/lease.ts';

export interface KeptLease {
  /** Aborts when the run is somebody else's, or may be: its lease was not renewed for as long as it lasts. */
  readonly lost: AbortSignal;
  /** Ends the renewing. */
  end(): void;
}

const times = { renewMs: 10_000, leaseMs: leaseSeconds * 1_000 };

/**
 * Keeps a run ours for as long as it is worked on.
 *
 * @param renew false: it is somebody else's, or is to stop
 * @param failed told of a renewal that failed; the next one makes it good
 */
export function keepLease(
  renew: () => Promise<boolean>,
  failed: (error: unknown) => void,
  { renewMs, leaseMs } = times,
): KeptLease {
  const lost = new AbortController();
  let renewedAt = performance.now();
  const renewOnce = async (): Promise<void> => {
    const sentAt = performance.now();
    try {
      if (await renew()) renewedAt = sentAt;
      else lost.abort();
    } catch (error) {
      failed(error);
      if (performance.now() - renewedAt >= leaseMs) lost.abort();
    }
  };
  // One that hangs is lost to nobody while it does: it may wait for a statement of our own, which has the row of the run.
  const renewing = setInterval(() => void renewOnce(), renewMs);
  return { lost: lost.signal, end: () => clearInterval(renewing) };
}
