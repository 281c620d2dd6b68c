import type { WireKind } from '../../../domain/entities.ts';
import type { GuardLimit } from '../../../domain/guards.ts';

/** Items that are kept back together: those that a condition on `run_item i` finds. */
export interface Finding {
  readonly guard:
    | 'removals'
    | 'removalsInScope'
    | 'effects'
    | 'lost_records'
    | 'short_file'
    | 'taken_back'
    | 'identifiers'
    | 'changes';
  readonly kind: WireKind;
  readonly count: number;
  readonly of: number;
  readonly limit: GuardLimit;
  readonly scope?: { readonly type: string; readonly key: string };
  /** Of what kind records came under other sourcedIds. */
  readonly newSourcedIds?: WireKind;
  readonly condition: string;
  readonly values?: readonly unknown[];
}

/** Of one kind: what the plan does, and how much is declared. */
export interface Counted {
  readonly kind: WireKind;
  readonly live: number;
  readonly items: number;
  readonly adds: number;
  readonly remove: number;
  readonly change: number;
  readonly identifiers: number;
}
