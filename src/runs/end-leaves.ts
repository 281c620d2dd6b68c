import { organizationIds } from '../state/maintenance/retention.ts';
import { endDueLeaves, sourcesWithDueLeaves } from '../state/runs/apply/end-leaves.ts';
import type { ReleaseParts } from './release-holds.ts';
import { windowsAt } from './windows-at.ts';

/**
 * Ends the enrollments whose grace period is over. They are a part of their runs that comes later: a blackout and a window for
 * adds alone let them wait as well, and so does a source system that is not enabled.
 *
 * @returns how many were looked at
 */
export async function endLeaves({ pool, sourceSystem, now }: ReleaseParts, stopping?: AbortSignal): Promise<number> {
  let ended = 0;
  for (const organizationId of await organizationIds(pool)) {
    for (const id of await sourcesWithDueLeaves(pool, organizationId, now())) {
      for (let more = true; more && stopping?.aborted !== true;) {
        const source = await sourceSystem(organizationId, id);
        if (source?.state !== 'enabled') break;
        const { blackout, addsOnly } = windowsAt(source.options, now());
        if (blackout !== undefined || addsOnly !== undefined) break;
        const done = await endDueLeaves(pool, organizationId, id, now());
        ended += done;
        more = done > 0;
      }
    }
  }
  return ended;
}
