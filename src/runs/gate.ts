import type { Portion } from '../state/runs/apply/apply-range.ts';
import { hasMore } from '../state/runs/apply/has-more.ts';
import { holdForWindow } from '../state/runs/guard/hold-for-window.ts';
import type { LeasedRun } from '../state/runs/lease.ts';
import { defaultHoldDays } from '../domain/guards.ts';
import type { SourceSystemState } from '../domain/source-system.ts';
import type { RunParts } from './parts.ts';
import { windowsAt, type WindowsNow } from './windows-at.ts';

/** The windows of its source system do not let the run be applied just now. */
export class InBlackout extends Error {
  override readonly name = 'InBlackout';
  readonly blackout: NonNullable<WindowsNow['blackout']>;

  constructor(blackout: NonNullable<WindowsNow['blackout']>) {
    super(`in the blackout ${blackout.window}`);
    this.blackout = blackout;
  }
}

/** Its source system is not enabled: nothing of it is applied before it is again. */
export class NotEnabled extends Error {
  override readonly name = 'NotEnabled';
  readonly state: SourceSystemState;

  constructor(state: SourceSystemState) {
    super(`the source system is in the state ${state}`);
    this.state = state;
  }
}

/** Asked before each range: a window may begin while a run is applied, and an administrator may set one, or disable its source system. */
export interface Gate {
  /**
   * In a window for adds alone it holds what is not to be applied, of the items that no guard keeps back. What somebody
   * approved is applied.
   *
   * @returns whether it went through the plan for that: what was read of it before may be held now
   * @throws NotEnabled; InBlackout; LeaseLost
   */
  requireOpen(portion?: Portion): Promise<boolean>;
}

export function createGate(parts: RunParts, run: LeasedRun): Gate {
  /** The window whose items are held. */
  let held: string | undefined;
  return {
    async requireOpen(portion) {
      const source = await parts.sourceSystem(run.organizationId, run.sourceSystemId);
      if (source === undefined) return false;
      const { blackout, addsOnly } = windowsAt(source.options, parts.now());
      const isStopped = source.state !== 'enabled' || (blackout !== undefined && !run.overridden);
      // What has nothing to apply, as most nights have of a file that comes twice, need not wait, and keeps nobody waiting.
      if (isStopped && (await hasMore(parts.pool, run))) {
        if (source.state !== 'enabled') throw new NotEnabled(source.state);
        if (blackout !== undefined) throw new InBlackout(blackout);
      }
      if (addsOnly === undefined) {
        held = undefined;
        return false;
      }
      if (portion?.hold !== null || run.options.force === true) return false;
      const key = JSON.stringify(addsOnly);
      if (held === key) return false;
      await holdForWindow(parts.pool, run, addsOnly, source.options.guards.holdDays ?? defaultHoldDays);
      held = key;
      return true;
    },
  };
}
