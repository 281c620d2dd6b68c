import { GatewayError } from '../domain/problem.ts';
import { defaultHoldDays } from '../domain/guards.ts';
import { organizationIds } from '../state/maintenance/retention.ts';
import { decideHold } from '../state/runs/guard/hold-store.ts';
import { holdsToRelease, postponeHold } from '../state/runs/guard/release-at.ts';
import type { RunParts } from './parts.ts';
import { windowsAt } from './windows-at.ts';

/**
 * What only a window for adds alone has held is approved when that has ended: all other guards had let it pass. While such a
 * window is open, because it was made longer or another one follows, it waits on.
 *
 * @returns how many holds were approved
 */
export async function releaseHolds({ pool, sourceSystem, now }: ReleaseParts): Promise<number> {
  let released = 0;
  for (const organizationId of await organizationIds(pool)) {
    for (const hold of await holdsToRelease(pool, organizationId, now())) {
      const source = await sourceSystem(organizationId, hold.sourceSystemId);
      if (source === undefined) continue;
      const { addsOnly } = windowsAt(source.options, now());
      if (addsOnly !== undefined) {
        await postponeHold(pool, organizationId, hold, addsOnly, source.options.guards.holdDays ?? defaultHoldDays);
        continue;
      }
      const by = `the end of the window ${hold.window}`;
      try {
        await decideHold(pool, organizationId, hold.runId, hold.number, { state: 'approved', by });
        released += 1;
      } catch (error) {
        // Somebody was quicker, its run was cancelled, or has been removed: the others are released all the same.
        if (!(error instanceof GatewayError && (error.code === 'conflict' || error.code === 'not_found'))) throw error;
      }
    }
  }
  return released;
}

export type ReleaseParts = Pick<RunParts, 'pool' | 'sourceSystem' | 'now'>;
