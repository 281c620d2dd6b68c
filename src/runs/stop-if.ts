import { LeaseLost } from '../state/runs/lease.ts';

/** Between two steps of a run: lets go of it when it is to stop, or is not ours any more. */
export function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw new LeaseLost();
}
