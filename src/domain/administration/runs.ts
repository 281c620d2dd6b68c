import type { WireKind } from '../entities.ts';
import type { GuardLimit } from '../guards.ts';
import type { OutcomeStatus } from '../outcome.ts';
import type { Problem, ProblemCode } from '../problem.ts';
import type { ItemOperation, KindEffects, RunCounters, RunMode, RunOptions, RunState } from '../run.ts';
import type { Editor, Page, PageRequest } from './page.ts';

/** What became of files: runs, their plans and their problems. */
export interface RunAdministration {
  /**
   * Makes a run of an upload.
   *
   * @throws GatewayError `not_found` (source system, upload), `conflict` (bytes are still coming)
   */
  request(editor: Editor, wish: RunWish): Promise<RunView>;
  /**
   * Makes a run that restores what another one changed, but for what others have changed since.
   *
   * @throws GatewayError `not_found` (also of a sourcedId of `only` that it says nothing of), `conflict` (it has not ended, or applied nothing)
   */
  rollback(editor: Editor, id: string, wish: RollbackWish): Promise<RunView>;
  /** The latest first. */
  list(organizationId: number, filter: RunFilter, page: PageRequest): Promise<Page<RunView>>;
  /** Throws GatewayError `not_found`, as all that name a run. */
  get(organizationId: number, id: string): Promise<RunView>;
  /** The run as it is, and whenever it has changed, until it has ended; undefined from time to time when there is nothing new. */
  follow(organizationId: number, id: string): AsyncIterable<RunView | undefined>;
  items(organizationId: number, id: string, filter: RunItemFilter, page: PageRequest): Promise<Page<RunItemView>>;
  /** Root causes first: those that the most records wait for. */
  problems(
    organizationId: number,
    id: string,
    filter: RunProblemFilter,
    page: PageRequest,
  ): Promise<Page<RunProblemView>>;
  /** What guards keep back, and what was decided of it. */
  holds(organizationId: number, id: string): Promise<RunHoldView[]>;
  /**
   * Approves or discards a hold, or the items of some sourcedIds of it, which become a hold of their own.
   *
   * @throws GatewayError `not_found` (also of a sourcedId of which it has no item), `conflict` (it was decided before)
   */
  decide(editor: Editor, id: string, hold: number, decision: RunHoldDecision): Promise<RunHoldView[]>;
  /** Holds the run where it is; one that is being read begins anew when it goes on. `conflict`: it has ended. */
  pause(editor: Editor, id: string): Promise<RunView>;
  /** @param now also through a blackout, until it ends; who said so is kept */
  resume(editor: Editor, id: string, now?: boolean): Promise<RunView>;
  /** Ends the run where it is; what it has applied stays. `conflict`: it has ended. */
  cancel(editor: Editor, id: string): Promise<RunView>;
}

export interface RunWish {
  /** Its code, or the number of its id. */
  sourceSystem: string;
  uploadId: string;
  mode: RunMode;
  options: RunOptions;
}

export interface RollbackWish {
  mode: 'plan' | 'apply';
  /** Only what has one of these sourcedIds. */
  only?: string[];
  force?: boolean;
}

export interface RunFilter {
  sourceSystem?: string;
  state?: RunState;
}

export interface RunItemFilter {
  operation?: ItemOperation;
  kind?: WireKind;
  sourcedId?: string;
  /** Only those that are not simply done: with an outcome of their own. */
  noteworthy?: true;
  /** What each would do in the LMS now is asked for. */
  effects?: true;
}

export interface RunProblemFilter {
  severity?: 'error' | 'warning';
  code?: ProblemCode;
}

export interface RunView {
  id: string;
  sourceSystem: string;
  state: RunState;
  mode: RunMode;
  options: RunOptions;
  paused: boolean;
  /**
   * Why it is not applied just now, and until when (null: it is about to be looked at again, or its source system is to be enabled).
   * `window`: what the blackout is called; of a source system, its state.
   */
  waits: { for: 'blackout' | 'source_system'; window: string; since: string; until: string | null } | null;
  /** Who said that it goes on in a blackout all the same, and when. */
  override: { by: string; at: string } | null;
  upload: { id: string; name: string; sizeBytes: number; sha256: string | null } | null;
  takesBack: string | null;
  dialect: string | null;
  requestedBy: string;
  requestedAt: string;
  startedAt: string | null;
  plannedAt: string | null;
  applyingAt: string | null;
  finishedAt: string | null;
  /** What was declared later is left alone. */
  asOf: string;
  progress: RunProgress;
  counters: RunCounters;
  /** What the plan would do in the LMS, by kind, as it was when it was made. */
  effects: Partial<Record<WireKind, RunEffects>>;
  /** How many items are held; of a run that only makes a plan, how many would be. */
  held: number;
  /** How many items the plan has, and how many are applied; until it has finished, the number of the last one that was looked at. */
  items: number;
  applied: number;
  problems: { error: number; warning: number };
  /** How many items are not simply done, by what became of them; known when the run has ended. */
  outcomes: Record<string, number>;
  /** Enrollments that it left out and that end later, or have done so. */
  leaving: RunLeaving;
  failure: Problem | null;
}

export interface RunEffects extends KindEffects {
  /** How many of so many would end, or lose what they stand below, that the plan does not remove by itself; and the kinds of the items that do it. */
  readonly count: number;
  readonly live: number;
  readonly from: WireKind[];
}

export interface RunLeaving {
  /** To end when they are due, unless they have come back meanwhile. */
  waiting: number;
  ended: number;
  /** Declared again before they were due; known when they are, or when the next run ends. */
  returned: number;
  failed: number;
  /** When the next of them is due; null = none, or never. */
  nextAt: string | null;
}

/** `would_be_held`: of a run that only makes a plan, where there is nothing to decide. */
export const holdStates = ['held', 'would_be_held', 'approved', 'discarded', 'expired', 'superseded'] as const;
export type HoldState = (typeof holdStates)[number];

export interface RunHoldView {
  number: number;
  guard: string;
  kind: WireKind;
  /** Of how many how many, against which limit; `scope`: within one semester, department or role. */
  finding: {
    count: number;
    of: number;
    limit: GuardLimit;
    scope?: { type: string; key: string };
    /** Records of this kind came under other sourcedIds. */
    newSourcedIds?: WireKind;
    /** The hold that these items were part of. */
    partOf?: number;
    /** The window that keeps them back. */
    window?: string;
    /** Of messages: counted within so many minutes. */
    windowMinutes?: number;
  };
  items: number;
  state: HoldState;
  madeAt: string;
  expiresAt: string;
  /** When it is applied by itself; null = somebody must decide. */
  releaseAt: string | null;
  decidedBy: string | null;
  decidedAt: string | null;
}

export interface RunHoldDecision {
  state: 'approved' | 'discarded';
  /** Of the hold only these; absent: all. */
  sourcedIds?: string[];
}

export interface RunProgress {
  /** Of the phase that it is in; 100 when it has ended well. */
  percent: number;
  /** Records read, or items applied, a second. */
  rowsPerSecond: number | null;
  /** Of this phase. */
  expectedEndAt: string | null;
  /** The file that is being read. */
  file: string | null;
  records: number;
}

export interface RunItemView {
  number: number;
  operation: ItemOperation;
  kind: WireKind;
  sourcedId: string;
  /** null: it is absent from a snapshot, or was held of a message. */
  file: string | null;
  line: number | null;
  /** What the file states. */
  stated: Record<string, unknown> | null;
  /** The declared row before. */
  before: Record<string, unknown> | null;
  /** Fields that the file states otherwise than they were. */
  changes: { field: string; before: unknown; after: unknown }[];
  applied: boolean;
  /** The hold that keeps it back. */
  hold: number | null;
  /** Of an enrollment that ends later: what it is until then, for how long, and when it is due once this item is applied. */
  leaves: {
    meanwhile: 'inactive' | 'active';
    days: number | 'never' | null;
    dueAt: string | null;
    state: 'waiting' | 'ended' | 'returned' | 'failed' | null;
  } | null;
  /** What it would do in the LMS now; null: it is applied, or nobody asked. */
  effects: Partial<Record<WireKind, KindEffects>> | null;
  /** The message that wished it, of an item that was held of a message. */
  message: string | null;
  /** What became of it, where it is not simply done. */
  outcome: { status: OutcomeStatus | 'overtaken'; problems: Problem[] } | null;
}

export interface RunProblemView {
  number: number;
  severity: 'error' | 'warning';
  code: ProblemCode;
  message: string;
  /** The text of the dialect's own guide. */
  guideText: string | null;
  file: string | null;
  line: number | null;
  column: number | null;
  field: string | null;
  kind: WireKind | null;
  sourcedId: string | null;
  /** How many records wait for what is missing or not mapped here. */
  affects: number;
}
